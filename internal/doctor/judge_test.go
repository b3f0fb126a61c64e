package doctor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/desk"
	"retoma/internal/doctor"
)

var now = time.Date(2026, 7, 10, 12, 0, 0, 0, time.UTC)

// well is an installation with nothing wrong.
func well() doctor.Facts {
	return doctor.Facts{
		Now: now, Health: &desk.Health{Now: now.Add(time.Second)}, Disk: &doctor.Disk{Free: 50 << 30, Size: 1 << 30, Log: 1 << 20},
		Queue: &doctor.Queue{Now: now.Add(-time.Second), Workers: 2, AppendOnly: true, Settled: true},
	}
}

func TestNothingIsSaidOfWhatIsWell(t *testing.T) {
	require.Empty(t, doctor.Judge(well()))
	require.NotNil(t, doctor.Judge(well()), "a list, not null")
	require.Empty(t, doctor.Judge(doctor.Facts{Now: now}), "nor of what was not looked at")
}

func TestEachTroubleIsSaidWithWhatToDo(t *testing.T) {
	waits := desk.Waiting{Count: 3, Since: now.Add(-time.Hour)}
	tests := map[string]struct {
		spoil    func(f *doctor.Facts)
		severity string
		fixable  bool
		says     string
	}{
		"database":     {func(f *doctor.Facts) { f.DatabaseProblem = "x" }, "error", false, "O banco de dados não pôde ser lido: x."},
		"redis":        {func(f *doctor.Facts) { f.RedisProblem = "x" }, "error", false, "O Redis não respondeu: x."},
		"migrations":   {func(f *doctor.Facts) { f.Migrations, f.Health = 2, nil }, "error", true, "Faltam 2 migrações"},
		"secrets":      {func(f *doctor.Facts) { f.Health.Unreadable = []string{"Vendas"} }, "error", false, "Vendas"},
		"paused":       {func(f *doctor.Facts) { f.Health.PausedTenants = []string{"Loja"} }, "warning", false, "pausado na empresa Loja"},
		"review":       {func(f *doctor.Facts) { f.Health.ForReview, f.Health.Restored = 4, now }, "warning", false, "4 itens de antes da restauração de 10/07/2026 12:00:00 UTC"},
		"due":          {func(f *doctor.Facts) { f.Health.Due = waits }, "error", true, "3 envios ou esperas estão vencidos há mais de 5 minutos, o mais antigo desde 10/07/2026 11:00:00 UTC."},
		"mail":         {func(f *doctor.Facts) { f.Health.Mail = desk.Waiting{Count: 1, Since: now} }, "error", true, "1 mensagem ou evento recebido ainda não foi lido"},
		"sending":      {func(f *doctor.Facts) { f.Health.Sending = waits }, "error", true, "3 envios começaram e ninguém anotou"},
		"writing":      {func(f *doctor.Facts) { f.Health.Writing = waits }, "warning", true, "3 textos de assistentes"},
		"unarmed":      {func(f *doctor.Facts) { f.Health.Unarmed = 1 }, "warning", true, "1 vencimento próximo não tem tarefa"},
		"unconfirmed":  {func(f *doctor.Facts) { f.Health.Unconfirmed = 2 }, "warning", false, "2 mensagens estão sem confirmação"},
		"quarantined":  {func(f *doctor.Facts) { f.Health.Quarantined = 1 }, "warning", false, "1 evento recebido não pôde ser tratado"},
		"workers":      {func(f *doctor.Facts) { f.Queue.Workers = 0 }, "error", false, "Nenhum worker"},
		"epoch":        {func(f *doctor.Facts) { f.Queue.Elsewhere = true }, "warning", true, "outro Redis"},
		"taskless":     {func(f *doctor.Facts) { f.Queue.Taskless = 1 }, "warning", true, "1 vencimento marcado"},
		"archived":     {func(f *doctor.Facts) { f.Queue.Archived = 5 }, "warning", true, "5 tarefas foram abandonadas"},
		"retry":        {func(f *doctor.Facts) { f.Queue.Retry = 500 }, "warning", false, "500 tarefas"},
		"paused_queue": {func(f *doctor.Facts) { f.Queue.Paused = []string{"inbox"} }, "error", false, "A fila inbox está pausada"},
		"redis_policy": {func(f *doctor.Facts) { f.Queue.Evicts = "allkeys-lru" }, "error", false, "allkeys-lru"},
		"redis_aof":    {func(f *doctor.Facts) { f.Queue.AppendOnly = false }, "warning", false, "appendonly no"},
		"clock":        {func(f *doctor.Facts) { f.Queue.Now = now.Add(-time.Minute) }, "error", false, "O relógio do Redis difere do desta máquina em 1m0s."},
		"channel": {func(f *doctor.Facts) {
			f.Channels = []doctor.Channel{{Tenant: "Loja", Name: "Vendas", Offline: true, OfflineReason: "token vencido."}}
		}, "error", false, "O canal Vendas (Loja) está fora do ar: token vencido."},
		"template": {func(f *doctor.Facts) {
			f.Templates = []doctor.Template{{Tenant: "Loja", Document: "Orçamento", Name: "oi", Status: "PAUSED"}}
		}, "warning", false, "o provedor diz PAUSED"},
		"disk":  {func(f *doctor.Facts) { f.Disk.Free = 100 << 20 }, "error", false, "Restam 100 MB"},
		"wal":   {func(f *doctor.Facts) { f.Disk.Log = 300 << 20 }, "warning", true, "300 MB"},
		"files": {func(f *doctor.Facts) { f.FilesProblem = "x" }, "warning", false, "Arquivos não podem ser guardados: x."},
	}
	for check, test := range tests {
		t.Run(check, func(t *testing.T) {
			f := well()
			test.spoil(&f)
			found := doctor.Judge(f)
			require.Len(t, found, 1)
			require.Equal(t, check, found[0].Check)
			require.Equal(t, test.severity, found[0].Severity)
			require.Equal(t, test.fixable, found[0].Fixable)
			require.Contains(t, found[0].Problem, test.says)
			require.NotEmpty(t, found[0].Remedy)
			require.False(t, found[0].Fixed)
		})
	}
}

func TestWhatNobodyCanBeAskedForIsNotFixable(t *testing.T) {
	f := well()
	f.Queue, f.Health.Due = nil, desk.Waiting{Count: 1, Since: now}
	require.False(t, doctor.Judge(f)[0].Fixable)
}
