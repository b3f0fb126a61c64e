package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// explanation is everything that is known about one follow-up (domain.md section 5, Decision log).
type explanation struct {
	Summary  string               `json:"summary" doc:"por que foi ou não foi enviado, em uma frase"`
	FollowUp historyView          `json:"followup"`
	Message  orNull[messageBrief] `json:"message"`
	Log      []logView            `json:"log" doc:"o que foi verificado, em ordem, com os valores vistos"`
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
func (g *Gateway) explainFollowUp(ctx context.Context, in *byID) (*Answer[explanation], error) {
	id, err := pathID(in.ID, followUpMissing)
	if err != nil {
		return nil, err
	}
	found, err := g.Store.FollowUp(ctx, tenantOf(ctx), id)
	if err != nil {
		return nil, err
	}
	told := explanation{FollowUp: viewHistory(found), Log: logOf("followup", found.Log)}
	var message chat.Message
	if found.MessageID != "" {
		message, err = g.Store.Message(ctx, tenantOf(ctx), found.MessageID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			told.Message = just(messageBrief{ID: message.ID, ExternalID: message.ExternalID, Status: message.State,
				ErrorCode: message.ErrorCode, Error: message.ErrorDetail, SentAt: when(message.SentAt)})
			told.Log = append(told.Log, logOf("message", message.Log)...)
		}
	}
	slices.SortStableFunc(told.Log, func(a, b logView) int { return a.At.Compare(b.At) })
	told.Summary = g.summary(found, message, told.Log)
	return ok(told)
}

// summary is the explanation in one sentence.
func (g *Gateway) summary(f flows.FollowUpView, message chat.Message, log []logView) string {
	switch f.State {
	case flows.FollowUpSent:
		text := fmt.Sprintf("Enviado em %s", moment(f.SentAt))
		if message.State != "" {
			text += fmt.Sprintf("; a mensagem está %s", inWords(message.State))
		}
		if !f.RespondedAt.IsZero() {
			text += fmt.Sprintf(" e o cliente respondeu em %s", moment(f.RespondedAt))
		}
		return text + "."
	case flows.FollowUpFailed:
		return fmt.Sprintf("Não foi enviado: falhou em %s (%s).", moment(f.FailedAt), firstOf(lastReason(log), f.ErrorCode, message.ErrorDetail))
	case flows.Responded:
		return fmt.Sprintf("Não foi enviado: o cliente respondeu antes, em %s.", moment(f.CancelledAt))
	case flows.FollowUpCancelled:
		return fmt.Sprintf("Não foi enviado: cancelado em %s (%s).", moment(f.CancelledAt), firstOf(f.CancelReason, "sem motivo registrado"))
	}
	if message.State == chat.Unconfirmed {
		return "O provedor não confirmou o envio: a equipe decide se foi enviado."
	}
	return g.notYet(f, message, log)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "hora não registrada"
	}
	return t.UTC().Format("02/01/2006 15:04:05") + " UTC"
}

// lastReason is the newest entry's reason, if it has one.
func lastReason(log []logView) string {
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
