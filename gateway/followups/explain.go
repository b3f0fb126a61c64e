package followups

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// explanation is everything that is known about one follow-up (domain.md section 5, Decision log).
type explanation struct {
	Summary  string                   `json:"summary" doc:"por que foi ou não foi enviado, em uma frase"`
	FollowUp historyView              `json:"followup"`
	Message  web.OrNull[messageBrief] `json:"message"`
	Log      []briefs.LogView         `json:"log" doc:"o que foi verificado, em ordem, com os valores vistos"`
}

type messageBrief struct {
	ID         string            `json:"id"`
	ExternalID string            `json:"externalId,omitempty"`
	Status     chat.MessageState `json:"status"`
	ErrorCode  string            `json:"errorCode,omitempty"`
	Error      string            `json:"error,omitempty"`
	SentAt     *time.Time        `json:"sentAt,omitempty"`
}

// explainFollowUp tells from data why a customer got, or did not get, a message.
func (h *Handlers) explainFollowUp(ctx context.Context, in *web.ByID) (*web.Answer[explanation], error) {
	id, err := web.PathID(in.ID, followUpMissing)
	if err != nil {
		return nil, err
	}
	found, err := h.Store.FollowUp(ctx, web.TenantOf(ctx), id)
	if err != nil {
		return nil, err
	}
	told := explanation{FollowUp: viewHistory(found), Log: briefs.LogOf("followup", found.Log)}
	var message chat.Message
	if found.MessageID != "" {
		message, err = h.Store.Message(ctx, web.TenantOf(ctx), found.MessageID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			told.Message = web.Just(messageBrief{ID: message.ID, ExternalID: message.ExternalID, Status: message.State,
				ErrorCode: message.ErrorCode, Error: message.ErrorDetail, SentAt: web.When(message.SentAt)})
			told.Log = append(told.Log, briefs.LogOf("message", message.Log)...)
		}
	}
	slices.SortStableFunc(told.Log, func(a, b briefs.LogView) int { return a.At.Compare(b.At) })
	zone, err := h.tenantZone(ctx)
	if err != nil {
		return nil, err
	}
	told.Summary = h.summary(ctx, found, message, told.Log, clock{zone}) + clock{zone}.removedFrom(told.Log)
	return web.OK(told)
}

// summary is the explanation in one sentence.
func (h *Handlers) summary(ctx context.Context, f flows.FollowUpView, message chat.Message, log []briefs.LogView, in clock) string {
	switch f.State {
	case flows.FollowUpSent:
		text := fmt.Sprintf("Enviado em %s", in.moment(f.SentAt))
		if message.State != "" {
			text += fmt.Sprintf("; a mensagem está %s", inWords(message.State))
		}
		if !f.RespondedAt.IsZero() {
			text += fmt.Sprintf(" e o cliente respondeu em %s", in.moment(f.RespondedAt))
		}
		return text + "."
	case flows.FollowUpFailed:
		return fmt.Sprintf("Não foi enviado: falhou em %s (%s).", in.moment(f.FailedAt), web.Clause(ownWords(web.FirstOf(lastReason(log), message.ErrorDetail, f.ErrorCode))))
	case flows.Responded:
		return fmt.Sprintf("Não foi enviado: o cliente respondeu antes, em %s.", in.moment(f.CancelledAt))
	case flows.FollowUpCancelled:
		return fmt.Sprintf("Não foi enviado: cancelado em %s (%s).", in.moment(f.CancelledAt), web.Clause(web.FirstOf(f.CancelReason, "sem motivo registrado")))
	}
	if message.State == chat.Unconfirmed {
		if wait := briefs.WrittenWait(message); wait.WaitsUntil != nil {
			return fmt.Sprintf("O provedor não confirmou o envio; isso é revisto em %s: %s.", in.moment(*wait.WaitsUntil), web.Clause(wait.WaitsFor))
		}
		return "O provedor não confirmou o envio: a equipe decide se foi enviado."
	}
	return h.notYet(ctx, f, message, log, in)
}

// otherWords are a provider's code and its words, as they stand in brackets behind ours.
var otherWords = regexp.MustCompile(`\s\((\d{1,7}): .*\)$`)

// ownWords leaves of a provider's words only its code: they are another language, and the log has them whole.
func ownWords(reason string) string {
	return otherWords.ReplaceAllString(reason, " (código $1 do provedor)")
}

// clock is the tenant's, on which explanations tell times.
type clock struct{ zone *time.Location }

func (c clock) moment(t time.Time) string {
	if t.IsZero() {
		return "hora não registrada"
	}
	return t.In(c.zone).Format("02/01/2006 15:04:05") + " (" + c.zone.String() + ")"
}

// removedFrom says in a sentence that the log, or the person, is not kept any more.
func (c clock) removedFrom(log []briefs.LogView) string {
	for _, entry := range log {
		switch entry.Check {
		case chat.LogErased:
			return " Os dados desta pessoa foram apagados em " + c.moment(entry.At) + "."
		case chat.LogRemoved:
			return " O registro do que foi verificado foi removido em " + c.moment(entry.At) + ", pelo prazo de guarda da empresa."
		}
	}
	return ""
}

// lastReason is the newest entry's reason, if it has one; that entries were removed is no reason.
func lastReason(log []briefs.LogView) string {
	log = slices.DeleteFunc(slices.Clone(log), func(entry briefs.LogView) bool {
		return entry.Check == chat.LogRemoved || entry.Check == chat.LogErased
	})
	if len(log) == 0 {
		return ""
	}
	return log[len(log)-1].Reason
}

func inWords(state chat.MessageState) string {
	switch state {
	case chat.Accepted, chat.HeldBack:
		return "aceita pelo provedor"
	case chat.Sent:
		return "enviada"
	case chat.Delivered:
		return "entregue"
	case chat.Read, chat.Played:
		return "lida"
	case chat.Failed:
		return "com falha"
	case chat.Queued:
		return "na fila"
	case chat.Parked:
		return "à espera da resposta do cliente"
	case chat.Sending:
		return "saindo"
	case chat.Unconfirmed:
		return "sem confirmação do provedor"
	case chat.Cancelled:
		return "cancelada"
	case chat.Received:
		return "recebida"
	}
	return string(state)
}
