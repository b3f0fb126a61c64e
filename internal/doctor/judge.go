package doctor

import (
	"fmt"
	"strings"
	"time"

	"retoma/internal/desk"
)

// The limits from which something is wrong.
const (
	skewLimit  = 5 * time.Second
	logLimit   = 256 << 20 // of SQLite's log, which is emptied as it goes
	freeLimit  = 1 << 30
	retryLimit = 100
)

// Judge gives everything that is wrong, what matters most first within each part.
func Judge(f Facts) []desk.Ailment {
	j := &judge{facts: f, found: []desk.Ailment{}}
	for _, look := range []func(){j.reached, j.migrations, j.database, j.waiting, j.undecided, j.queue, j.redis, j.clocks, j.channels, j.templates, j.disk} {
		look()
	}
	return j.found
}

type judge struct {
	facts Facts
	found []desk.Ailment
}

func (j *judge) add(severity, check string, count int, problem, remedy string) *desk.Ailment {
	j.found = append(j.found, desk.Ailment{Check: check, Severity: severity, Count: count, Problem: problem, Remedy: remedy})
	return &j.found[len(j.found)-1]
}

func (j *judge) wrong(check string, count int, problem, remedy string) *desk.Ailment {
	return j.add(desk.SeverityError, check, count, problem, remedy)
}

func (j *judge) odd(check string, count int, problem, remedy string) *desk.Ailment {
	return j.add(desk.SeverityWarning, check, count, problem, remedy)
}

func (j *judge) reached() {
	if j.facts.DatabaseProblem != "" {
		j.wrong("database", 0, "O banco de dados não pôde ser lido: "+j.facts.DatabaseProblem+".", "Veja se ele está no ar e se RETOMA_DATABASE_URL e RETOMA_SECRET_KEY são os desta instalação.")
	}
	if j.facts.RedisProblem != "" {
		j.wrong("redis", 0, "O Redis não respondeu: "+j.facts.RedisProblem+".", "Veja se ele está no ar e se RETOMA_REDIS_URL aponta para ele; nada se perde enquanto isso, mas tudo sai com até 2 segundos de atraso.")
	}
}

func (j *judge) migrations() {
	if j.facts.Migrations > 0 {
		j.wrong("migrations", j.facts.Migrations, plural(j.facts.Migrations, "Falta 1 migração no banco de dados.", "Faltam %d migrações no banco de dados."),
			"Inicie um processo desta versão, ou execute retoma migrate up.").Fixable = true
	}
}

func (j *judge) database() {
	h := j.facts.Health
	if h == nil {
		return
	}
	if len(h.Unreadable) > 0 {
		j.wrong("secrets", len(h.Unreadable), "As credenciais destes canais não podem ser lidas com RETOMA_SECRET_KEY: "+strings.Join(h.Unreadable, ", ")+".",
			"Dê a chave com que foram gravadas (também em RETOMA_FORMER_SECRET_KEYS), ou grave as credenciais de novo em PATCH /api/channels/{id}.")
	}
	for _, name := range h.PausedTenants {
		j.odd("paused", 0, "Tudo o que é automático está pausado na empresa "+name+".", "Se não for de propósito, retome com POST /api/resume.")
	}
	if h.ForReview > 0 {
		j.odd("review", h.ForReview, plural(h.ForReview, "1 item", "%d itens")+" de antes da restauração de "+moment(h.Restored)+" esperam revisão: podem já ter sido enviados.",
			"Veja GET /api/followups/review e libere ou cancele; tudo de uma vez: retoma restore --release.")
	}
}

// waiting tells of what should have happened.
func (j *judge) waiting() {
	h := j.facts.Health
	if h == nil {
		return
	}
	if h.Due.Count > 0 {
		j.wrong("due", h.Due.Count, plural(h.Due.Count, "1 envio ou espera está vencido", "%d envios ou esperas estão vencidos")+" há mais de 5 minutos, o mais antigo desde "+moment(h.Due.Since)+".",
			"Veja se há workers no ar com este banco e este Redis; GET /api/followups/{id}/explain diz se é o ritmo do canal que segura.").Fixable = j.canAsk()
	}
	if h.Mail.Count > 0 {
		j.wrong("mail", h.Mail.Count, plural(h.Mail.Count, "1 mensagem ou evento recebido ainda não foi lido", "%d mensagens ou eventos recebidos ainda não foram lidos")+", o mais antigo de "+moment(h.Mail.Since)+".",
			"Veja se há workers no ar e o que o log diz de errado.").Fixable = j.canAsk()
	}
	if h.Sending.Count > 0 {
		j.wrong("sending", h.Sending.Count, plural(h.Sending.Count, "1 envio começou", "%d envios começaram")+" e ninguém anotou o resultado, o mais antigo de "+moment(h.Sending.Since)+".",
			"Inicie um worker: ele os marca como sem confirmação, e a equipe decide.").Fixable = j.canAsk()
	}
	if h.Writing.Count > 0 {
		j.odd("writing", h.Writing.Count, plural(h.Writing.Count, "1 texto de assistente ficou", "%d textos de assistentes ficaram")+" por escrever desde "+moment(h.Writing.Since)+".",
			"Inicie um worker: ele os escreve de novo.").Fixable = j.canAsk()
	}
	if h.Unarmed > 0 && j.facts.Queue != nil && !j.facts.Queue.Embedded {
		j.odd("unarmed", h.Unarmed, plural(h.Unarmed, "1 vencimento próximo não tem tarefa no Redis.", "%d vencimentos próximos não têm tarefa no Redis."),
			"Um worker no ar os arma em 10 segundos; se não o faz, execute retoma queue rebuild.").Fixable = true
	}
}

// canAsk tells whether there is a queue in which somebody can be asked.
func (j *judge) canAsk() bool { return j.facts.Queue != nil }

// undecided tells of what waits for people.
func (j *judge) undecided() {
	h := j.facts.Health
	if h == nil {
		return
	}
	if h.Unconfirmed > 0 {
		j.odd("unconfirmed", h.Unconfirmed, plural(h.Unconfirmed, "1 mensagem está", "%d mensagens estão")+" sem confirmação: não se sabe se o envio deu certo.",
			"Veja GET /api/messages?status=unconfirmed e decida com POST /api/messages/{id}/resolve.")
	}
	if h.Quarantined > 0 {
		j.odd("quarantined", h.Quarantined, plural(h.Quarantined, "1 evento recebido não pôde", "%d eventos recebidos não puderam")+" ser tratado em três tentativas e foi posto de lado.",
			"Procure \"an event could not be handled\" no log e mostre a quem cuida do sistema.")
	}
}

func (j *judge) queue() {
	q := j.facts.Queue
	if q == nil {
		return
	}
	if q.Workers == 0 {
		j.wrong("workers", 0, "Nenhum worker está ligado a este Redis.", "Inicie retoma serve --role worker (ou all) com este banco e este Redis.")
	}
	if q.Elsewhere {
		j.odd("epoch", 0, "As tarefas armadas são de outro Redis, ou de antes de ele ser apagado.", "Um worker no ar arma tudo de novo em segundos; se dois processos usam Redis diferentes, dê a todos o mesmo RETOMA_REDIS_URL.").Fixable = true
	}
	if q.Taskless > 0 {
		j.odd("taskless", q.Taskless, plural(q.Taskless, "1 vencimento marcado como armado não tem tarefa no Redis.", "%d vencimentos marcados como armados não têm tarefa no Redis."),
			"Saem com até 2 segundos de atraso; retoma queue rebuild arma tudo de novo.").Fixable = true
	}
	if q.Archived > 0 {
		j.odd("archived", q.Archived, plural(q.Archived, "1 tarefa foi abandonada", "%d tarefas foram abandonadas")+" depois de várias tentativas.",
			"O que elas pediam está no banco de dados e é achado lá; podem ser apagadas.").Fixable = true
	}
	if q.Retry > retryLimit {
		j.odd("retry", q.Retry, fmt.Sprintf("%d tarefas estão sendo repetidas: algo falha.", q.Retry), "Veja os erros no log dos workers.")
	}
	for _, name := range q.Paused {
		j.wrong("paused_queue", 0, "A fila "+name+" está pausada no Redis.", "Retome-a no asynqmon; enquanto isso, tudo sai pela varredura, com até 2 segundos de atraso.")
	}
}

func (j *judge) redis() {
	q := j.facts.Queue
	if q == nil || !q.Settled {
		return
	}
	if q.Evicts != "" {
		j.wrong("redis_policy", 0, "O Redis pode jogar tarefas fora quando a memória acaba (maxmemory-policy "+q.Evicts+").", "Configure maxmemory-policy noeviction.")
	}
	if !q.AppendOnly {
		j.odd("redis_aof", 0, "O Redis esquece tudo quando reinicia (appendonly no).", "Configure appendonly yes; sem isso, cada reinício arma tudo de novo e o ritmo recomeça.")
	}
}

func (j *judge) clocks() {
	tell := func(whose string, clock time.Time) {
		if skew := clock.Sub(j.facts.Now); !clock.IsZero() && skew.Abs() > skewLimit {
			j.wrong("clock", 0, fmt.Sprintf("O relógio do %s difere do desta máquina em %s.", whose, skew.Abs().Round(time.Second)), "Acerte os relógios (NTP): horários de envio e janelas dependem deles.")
		}
	}
	if j.facts.Health != nil {
		tell("banco de dados", j.facts.Health.Now)
	}
	if j.facts.Queue != nil {
		tell("Redis", j.facts.Queue.Now)
	}
}

func (j *judge) channels() {
	for _, c := range j.facts.Channels {
		name := "O canal " + c.Name + " (" + c.Tenant + ")"
		if c.Paused {
			j.odd("channel", 0, name+" está pausado.", "Se não for de propósito, retome com POST /api/channels/{id}/resume.")
		}
		if c.Offline {
			j.wrong("channel", 0, name+" está fora do ar: "+strings.TrimRight(c.OfflineReason, ".")+".", "POST /api/channels/{id}/check diz o que o provedor responde e o põe no ar se ele puder enviar.")
		}
		for _, said := range c.Said {
			j.wrong("channel", 0, name+": "+strings.TrimRight(said.Problem, ".")+".", said.Remedy)
		}
	}
}

func (j *judge) templates() {
	for _, t := range j.facts.Templates {
		about := "O template " + t.Name + ", usado por " + t.Document + " (" + t.Tenant + "), "
		if t.Status == "" {
			j.odd("template", 0, about+"não existe no canal.", "Sincronize os templates do canal, ou corrija o nome.")
			continue
		}
		j.odd("template", 0, about+"não pode ser enviado: o provedor diz "+t.Status+".", "Corrija-o no provedor, ou use outro.")
	}
}

func (j *judge) disk() {
	if d := j.facts.Disk; d != nil {
		if d.Free < freeLimit {
			j.wrong("disk", 0, fmt.Sprintf("Restam %d MB no disco do banco de dados.", d.Free>>20), "Libere espaço: sem ele nada mais é gravado.")
		}
		if d.Log > logLimit {
			j.odd("wal", 0, fmt.Sprintf("O log do SQLite tem %d MB.", d.Log>>20), "Ele é esvaziado quando ninguém lê; um programa de backup pode estar segurando.").Fixable = true
		}
	}
	if j.facts.FilesProblem != "" {
		j.odd("files", 0, "Arquivos não podem ser guardados: "+j.facts.FilesProblem+".", "Veja RETOMA_MEDIA_URL e se o lugar aceita gravações.")
	}
}

func plural(count int, one, many string) string {
	if count == 1 {
		return one
	}
	if strings.Contains(many, "%d") {
		return fmt.Sprintf(many, count)
	}
	return many
}

func moment(t time.Time) string { return t.UTC().Format("02/01/2006 15:04:05") + " UTC" }
