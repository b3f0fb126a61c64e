package gateway

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type sendTemplateIn struct {
	Prefer string `header:"Prefer" maxLength:"100" doc:"wait=N espera até N segundos (no máximo 30) pela resposta do provedor"`
	Body   struct {
		SenderID      string     `json:"senderId" minLength:"1"`
		TemplateName  string     `json:"templateName,omitempty" maxLength:"512"`
		TemplateID    string     `json:"templateId,omitempty"`
		Language      string     `json:"language,omitempty" maxLength:"20" doc:"pt_BR se houver, se não o único que há"`
		To            phoneText  `json:"to" doc:"E.164: +5511999999999"`
		ToName        string     `json:"toName,omitempty" maxLength:"200"`
		Variables     Values     `json:"variables,omitzero"`
		Transactional bool       `json:"transactional,omitempty" doc:"passa por um opt-out: só para o que o cliente espera receber"`
		ScheduleAt    *time.Time `json:"scheduleAt,omitempty" doc:"ISO 8601, no futuro"`
	}
}

// sendTemplate sends an approved template to a number (whatsapp-automation.md).
func (g *Gateway) sendTemplate(ctx context.Context, in *sendTemplateIn) (*Answer[sentView], error) {
	body := in.Body
	switch {
	case body.TemplateName == "" && body.TemplateID == "":
		return nil, fault.Required("templateName")
	case body.TemplateName != "" && body.TemplateID != "":
		return nil, fault.Field("templateId", "informe só um: templateName ou templateId")
	}
	if err := body.Variables.check("variables"); err != nil {
		return nil, err
	}
	o, err := g.toNumber(ctx, body.SenderID, string(body.To), body.ToName, body.ScheduleAt)
	if err != nil {
		return nil, err
	}
	o.transactional = body.Transactional
	wanted := templateWanted{name: body.TemplateName, id: body.TemplateID, language: body.Language, values: body.Variables}
	if o.content, err = g.templateContent(ctx, o.channel, wanted); err != nil {
		return nil, err
	}
	return g.act(ctx, o, in.Prefer)
}

type sendMessageIn struct {
	Prefer string `header:"Prefer" maxLength:"100" doc:"wait=N espera até N segundos (no máximo 30) pela resposta do provedor"`
	Body   struct {
		SenderID   string      `json:"senderId" minLength:"1"`
		To         phoneText   `json:"to" doc:"E.164: +5511999999999"`
		Message    string      `json:"message,omitempty" maxLength:"4096" doc:"1 a 4096 caracteres; pode faltar se houver anexo ou outro tipo de conteúdo"`
		Attachment *Attachment `json:"attachment,omitempty"`
		Kinds
		ScheduleAt *time.Time `json:"scheduleAt,omitempty" doc:"ISO 8601, no futuro"`
	}
}

// sendMessage sends a free-form message within the 24 h window (whatsapp-automation.md).
func (g *Gateway) sendMessage(ctx context.Context, in *sendMessageIn) (*Answer[sentView], error) {
	content, err := in.Body.content("message", in.Body.Message, in.Body.Attachment)
	if err != nil {
		return nil, err
	}
	o, err := g.toNumber(ctx, in.Body.SenderID, string(in.Body.To), "", in.Body.ScheduleAt)
	if err != nil {
		return nil, err
	}
	o.content, o.quotes = content, in.Body.ReplyTo
	return g.act(ctx, o, in.Prefer)
}

const senderMissing = "Remetente não encontrado"

// toNumber begins a message of the action API: a sender of the tenant, and a number in strict E.164.
func (g *Gateway) toNumber(ctx context.Context, senderID, to, name string, at *time.Time) (outgoing, error) {
	o := outgoing{tenantID: tenantOf(ctx), origin: chat.FromAPI}
	var err error
	if o.scheduleAt, err = g.schedule(at); err != nil {
		return o, err
	}
	if o.channel, err = g.senderAt(ctx, senderID); err != nil {
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
	o.person = person{keys: []chat.Key{chat.PhoneKey(phone)}, phone: phone, name: name}
	return o, nil
}

func (g *Gateway) senderAt(ctx context.Context, id string) (chat.Channel, error) {
	id, err := pathID(id, senderMissing)
	if err != nil {
		return chat.Channel{}, err
	}
	channel, err := g.Store.Channel(ctx, tenantOf(ctx), id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, senderMissing)
	}
	return channel, err
}

// act checks, puts into the outbox, and answers at once or when the provider has answered.
func (g *Gateway) act(ctx context.Context, o outgoing, prefer string) (*Answer[sentView], error) {
	if err := g.meet(ctx, &o); err != nil {
		return nil, err
	}
	if err := g.refer(ctx, &o); err != nil {
		return nil, err
	}
	if err := g.judge(ctx, o); err != nil {
		return nil, err
	}
	message, err := g.put(ctx, o, desk.ItemPending)
	if err != nil {
		return nil, err
	}
	if wait := waitOf(prefer); wait > 0 && o.scheduleAt.IsZero() {
		return g.awaitSend(ctx, message, wait)
	}
	return with(http.StatusAccepted, sentView{MessageID: message.ID, Status: message.State})
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
func (g *Gateway) awaitSend(ctx context.Context, message chat.Message, wait time.Duration) (*Answer[sentView], error) {
	current := message
	deadline := g.Now().Add(wait)
	until(ctx, wait, sendPoll, func() bool {
		found, err := g.Store.Message(ctx, message.TenantID, message.ID)
		if err == nil {
			current = found
		}
		waits := waitOfMessage(current).WaitsUntil
		return err != nil || settled(current.State) || waits != nil && waits.After(deadline)
	})
	view := sentView{MessageID: current.ID, Status: current.State, ProviderID: current.ExternalID, MessageWait: waitOfMessage(current)}
	switch {
	case current.State == chat.Failed || current.State == chat.Cancelled:
		return nil, failedSend(current)
	case settled(current.State) && current.State != chat.Unconfirmed:
		return ok(view)
	}
	return with(http.StatusAccepted, view)
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
	answer := failureOf(fault.New(code, "a mensagem não foi enviada: %s", firstOf(message.ErrorDetail, message.ErrorCode)))
	answer.MessageID = message.ID
	if answer.status < http.StatusBadRequest {
		answer.status = http.StatusUnprocessableEntity
	}
	return answer
}
