package conversations

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"retoma/gateway/briefs"
	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type sendTemplateIn struct {
	Prefer string `header:"Prefer" maxLength:"100" doc:"wait=N espera até N segundos (no máximo 30) pela resposta do provedor"`
	Body   struct {
		SenderID      string           `json:"senderId" minLength:"1"`
		TemplateName  string           `json:"templateName,omitempty" maxLength:"512"`
		TemplateID    string           `json:"templateId,omitempty"`
		Language      string           `json:"language,omitempty" maxLength:"20" doc:"pt_BR se houver, se não o único que há"`
		To            people.PhoneText `json:"to" doc:"E.164: +5511999999999"`
		ToName        string           `json:"toName,omitempty" maxLength:"200"`
		Variables     outgoing.Values  `json:"variables,omitzero"`
		Transactional bool             `json:"transactional,omitempty" doc:"passa por um opt-out: só para o que o cliente espera receber"`
		ScheduleAt    *time.Time       `json:"scheduleAt,omitempty" doc:"ISO 8601, no futuro"`
	}
}

// sendTemplate sends an approved template to a number (whatsapp-automation.md).
func (h *Handlers) sendTemplate(ctx context.Context, in *sendTemplateIn) (*web.Answer[outgoing.SentView], error) {
	body := in.Body
	switch {
	case body.TemplateName == "" && body.TemplateID == "":
		return nil, fault.Required("templateName")
	case body.TemplateName != "" && body.TemplateID != "":
		return nil, fault.Field("templateId", "informe só um: templateName ou templateId")
	}
	if err := body.Variables.Check("variables"); err != nil {
		return nil, err
	}
	o, err := h.toNumber(ctx, body.SenderID, string(body.To), body.ToName, body.ScheduleAt)
	if err != nil {
		return nil, err
	}
	o.Transactional = body.Transactional
	wanted := outgoing.TemplateWanted{Name: body.TemplateName, ID: body.TemplateID, Language: body.Language, Values: body.Variables}
	if o.Content, err = h.TemplateContent(ctx, o.Channel, wanted); err != nil {
		return nil, err
	}
	return h.act(ctx, o, in.Prefer)
}

type sendMessageIn struct {
	Prefer string `header:"Prefer" maxLength:"100" doc:"wait=N espera até N segundos (no máximo 30) pela resposta do provedor"`
	Body   struct {
		SenderID   string               `json:"senderId" minLength:"1"`
		To         people.PhoneText     `json:"to" doc:"E.164: +5511999999999"`
		Message    string               `json:"message,omitempty" maxLength:"4096" doc:"1 a 4096 caracteres; pode faltar se houver anexo ou outro tipo de conteúdo"`
		Attachment *outgoing.Attachment `json:"attachment,omitempty"`
		outgoing.Kinds
		ScheduleAt *time.Time `json:"scheduleAt,omitempty" doc:"ISO 8601, no futuro"`
	}
}

// sendMessage sends a free-form message within the 24 h window (whatsapp-automation.md).
func (h *Handlers) sendMessage(ctx context.Context, in *sendMessageIn) (*web.Answer[outgoing.SentView], error) {
	content, err := in.Body.Content("message", in.Body.Message, in.Body.Attachment)
	if err != nil {
		return nil, err
	}
	o, err := h.toNumber(ctx, in.Body.SenderID, string(in.Body.To), "", in.Body.ScheduleAt)
	if err != nil {
		return nil, err
	}
	o.Content, o.Quotes = content, in.Body.ReplyTo
	return h.act(ctx, o, in.Prefer)
}

const senderMissing = "Remetente não encontrado"

// toNumber begins a message of the action API: a sender of the tenant, and a number in strict E.164.
func (h *Handlers) toNumber(ctx context.Context, senderID, to, name string, at *time.Time) (outgoing.Message, error) {
	o := outgoing.Message{TenantID: web.TenantOf(ctx), Origin: chat.FromAPI}
	var err error
	if o.ScheduleAt, err = h.Schedule(at); err != nil {
		return o, err
	}
	if o.Channel, err = h.senderAt(ctx, senderID); err != nil {
		return o, err
	}
	if to == "" {
		return o, fault.Required("to")
	}
	phone, err := chat.StrictE164(to)
	if err != nil {
		problem := *fault.Of(err)
		problem.Field = "to"
		return o, &problem
	}
	o.Person = people.Person{Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone, Name: name}
	return o, nil
}

func (h *Handlers) senderAt(ctx context.Context, id string) (chat.Channel, error) {
	id, err := web.PathID(id, senderMissing)
	if err != nil {
		return chat.Channel{}, err
	}
	channel, err := h.Store.Channel(ctx, web.TenantOf(ctx), id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, senderMissing)
	}
	return channel, err
}

// act checks, puts into the outbox, and answers at once or when the provider has answered.
func (h *Handlers) act(ctx context.Context, o outgoing.Message, prefer string) (*web.Answer[outgoing.SentView], error) {
	if err := h.Meet(ctx, &o); err != nil {
		return nil, err
	}
	if err := h.Refer(ctx, &o); err != nil {
		return nil, err
	}
	if err := h.Judge(ctx, o); err != nil {
		return nil, err
	}
	message, err := h.Put(ctx, o, desk.ItemPending)
	if err != nil {
		return nil, err
	}
	if wait := waitOf(prefer); wait > 0 && o.ScheduleAt.IsZero() {
		return h.awaitSend(ctx, message, wait)
	}
	return web.With(http.StatusAccepted, outgoing.SentView{MessageID: message.ID, Status: message.State})
}

var preferWait = regexp.MustCompile(`(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])`)

// maxWait is the longest time a caller may wait for the provider.
const maxWait = 30 * time.Second

// waitOf reads "Prefer: wait=N" (RFC 7240).
func waitOf(prefer string) time.Duration {
	found := preferWait.FindStringSubmatch(prefer)
	if found == nil {
		return 0
	}
	wanted, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return min(time.Duration(wanted)*time.Second, maxWait)
}

// sendPoll is how often a waiting caller's message is looked at.
const sendPoll = 40 * time.Millisecond

// awaitSend answers 200 once the provider has accepted, the failure's own status once it is final, and 202 when the
// time is over, nobody knows, or the message waits for something that lasts longer than the caller does.
func (h *Handlers) awaitSend(ctx context.Context, message chat.Message, wait time.Duration) (*web.Answer[outgoing.SentView], error) {
	current := message
	deadline := h.Now().Add(wait)
	web.Until(ctx, wait, sendPoll, func() bool {
		found, err := h.Store.Message(ctx, message.TenantID, message.ID)
		if err == nil {
			current = found
		}
		waits := briefs.WrittenWait(current).WaitsUntil
		return err != nil || settled(current.State) || waits != nil && waits.After(deadline)
	})
	view := outgoing.SentView{MessageID: current.ID, Status: current.State, ProviderID: current.ExternalID, MessageWait: h.Paced.WaitOfMessage(ctx, current, h.Now())}
	switch {
	case current.State == chat.Failed || current.State == chat.Cancelled:
		return nil, failedSend(current)
	case settled(current.State) && current.State != chat.Unconfirmed:
		return web.OK(view)
	}
	return web.With(http.StatusAccepted, view)
}

func settled(state chat.MessageState) bool {
	switch state {
	case chat.Queued, chat.Sending, chat.Parked:
		return false
	}
	return true
}

func failedSend(message chat.Message) error {
	code := fault.Code(message.ErrorCode)
	if !code.Known() {
		code = fault.ProviderRejected
	}
	answer := web.FailureOf(fault.New(code, "a mensagem não foi enviada: %s", web.FirstOf(message.ErrorDetail, message.ErrorCode)))
	answer.MessageID = message.ID
	if answer.Status < http.StatusBadRequest {
		answer.Status = http.StatusUnprocessableEntity
	}
	return answer
}
