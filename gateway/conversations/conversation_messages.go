package conversations

import (
	"context"
	"net/http"
	"time"

	"retoma/gateway/outgoing"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// templateChoice names a template in a body.
type templateChoice struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty" maxLength:"512"`
	Language string `json:"language,omitempty" maxLength:"20"`
}

type writeIn struct {
	ID   string `path:"id"`
	Body struct {
		Text       string               `json:"text,omitempty" maxLength:"4096"`
		Attachment *outgoing.Attachment `json:"attachment,omitempty"`
		outgoing.Kinds
		Template   *templateChoice `json:"template,omitempty"`
		Variables  outgoing.Values `json:"variables,omitzero"`
		ScheduleAt *time.Time      `json:"scheduleAt,omitempty"`
		BestBefore *time.Time      `json:"bestBefore,omitempty" doc:"depois disto uma mensagem estacionada não é mais enviada"`
	}
}

// writeMessage is a person's message. Where the window is closed and a template opened the conversation since, it waits
// for the customer's reply (start-conversation.md, Mensagens na Fila de Espera).
func (h *Handlers) writeMessage(ctx context.Context, in *writeIn) (*web.Answer[outgoing.SentView], error) {
	conversation, err := h.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	o, err := h.toConversation(ctx, conversation)
	if err != nil {
		return nil, err
	}
	if o.ScheduleAt, err = h.Schedule(in.Body.ScheduleAt); err != nil {
		return nil, err
	}
	if in.Body.BestBefore != nil {
		o.BestBefore = in.Body.BestBefore.UTC()
	}
	o.Content, err = h.written(ctx, o.Channel, "text", in.Body.Text, in.Body.Attachment, in.Body.Kinds, in.Body.Template, in.Body.Variables)
	if err != nil {
		return nil, err
	}
	o.Quotes = in.Body.ReplyTo
	if err := h.Refer(ctx, &o); err != nil {
		return nil, err
	}
	return h.writePerson(ctx, o)
}

// written is what a person wrote: a template, or a text, a file or another kind of message.
func (h *Handlers) written(
	ctx context.Context, channel chat.Channel, textField, text string, file *outgoing.Attachment, kinds outgoing.Kinds, template *templateChoice, values outgoing.Values,
) (chat.Content, error) {
	if template == nil {
		return kinds.Content(textField, text, file)
	}
	switch {
	case text != "" || file != nil || len(kinds.Named()) > 0:
		return chat.Content{}, fault.Field("template", "informe só um: %s ou template", textField)
	case template.ID == "" && template.Name == "":
		return chat.Content{}, fault.Required("template.name")
	}
	if err := values.Check("variables"); err != nil {
		return chat.Content{}, err
	}
	return h.TemplateContent(ctx, channel, outgoing.TemplateWanted{Name: template.Name, ID: template.ID, Language: template.Language, Values: values})
}

// toConversation begins a person's message into a conversation.
func (h *Handlers) toConversation(ctx context.Context, conversation chat.Conversation) (outgoing.Message, error) {
	o := outgoing.Message{TenantID: conversation.TenantID, Conversation: conversation, Origin: chat.FromPerson}
	var err error
	if conversation.ChannelID == "" {
		return o, fault.New(fault.Impossible, "esta conversa não tem canal: as mensagens dela são da plataforma que chama generate-reply")
	}
	if o.Channel, err = h.Store.Channel(ctx, o.TenantID, conversation.ChannelID); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.SenderOffline, "o canal desta conversa não existe mais")
		}
		return o, err
	}
	o.Contact, err = h.Store.Contact(ctx, o.TenantID, chat.Ref{ID: conversation.ContactID})
	return o, err
}

// writePerson sends a person's message or parks it, and notes that a person is talking.
func (h *Handlers) writePerson(ctx context.Context, o outgoing.Message) (*web.Answer[outgoing.SentView], error) {
	state, err := h.sendOrPark(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.ScheduleAt.IsZero() {
		o.Conversation, err = h.Store.ChangeConversation(ctx, o.TenantID, o.Conversation.ID, func(c *chat.Conversation) error {
			c.AgentAt = h.Now()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	message, err := h.Put(ctx, o, state)
	if err != nil {
		return nil, err
	}
	if o.ScheduleAt.IsZero() {
		if err := h.tellTakeover(ctx, o); err != nil {
			return nil, err
		}
	}
	if state == desk.ItemParked {
		if message, err = h.unpark(ctx, o, message); err != nil {
			return nil, err
		}
	}
	return web.With(http.StatusAccepted, outgoing.SentView{MessageID: message.ID, Status: message.State})
}

// tellTakeover lets the contact's runs hear that a person has taken over.
func (h *Handlers) tellTakeover(ctx context.Context, o outgoing.Message) error {
	_, err := h.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: o.TenantID, ChannelID: o.Channel.ID, ContactID: o.Contact.ID, Event: chat.Event{Name: chat.AgentWrote, At: h.Now()},
	}}})
	return err
}

// sendOrPark decides what happens to a person's message.
func (h *Handlers) sendOrPark(ctx context.Context, o outgoing.Message) (desk.ItemState, error) {
	err := h.Judge(ctx, o)
	if !fault.Is(err, fault.OutsideWindow) {
		return desk.ItemPending, err
	}
	opened, lookErr := h.openedByTemplate(ctx, o.Conversation)
	switch {
	case lookErr != nil:
		return "", lookErr
	case opened:
		return desk.ItemParked, nil
	}
	return "", err
}

// openedByTemplate tells whether a template went into the conversation since the customer last opened the window.
func (h *Handlers) openedByTemplate(ctx context.Context, conversation chat.Conversation) (bool, error) {
	page := chat.Page{Limit: web.MaxLimit}
	for {
		rows, err := h.Store.Messages(ctx, conversation.TenantID, chat.MessageFilter{ConversationID: conversation.ID, Page: page})
		if err != nil {
			return false, err
		}
		for _, message := range rows {
			if opened := conversation.LastOpened(); !opened.IsZero() && message.CreatedAt.Before(opened) {
				return false, nil
			}
			if message.Content.Type == chat.TemplateUse && message.Direction == chat.Outbound &&
				message.State != chat.Failed && message.State != chat.Cancelled {
				return true, nil
			}
		}
		if len(rows) < page.Limit {
			return false, nil
		}
		page.Cursor = rows[len(rows)-1].ID
	}
}

// unpark takes a message out of the queue again if the customer replied while it was being put there: that reply has
// already passed, and nobody would release the message.
func (h *Handlers) unpark(ctx context.Context, o outgoing.Message, parked chat.Message) (chat.Message, error) {
	current, err := h.Store.Conversation(ctx, o.TenantID, chat.Ref{ID: o.Conversation.ID})
	if err != nil || !current.WindowOpen(h.Now()) {
		return parked, err
	}
	if _, err := h.Store.Withdraw(ctx, o.TenantID, parked.ID, "o cliente acabou de responder"); err != nil {
		if fault.Is(err, fault.Conflict) {
			return parked, nil
		}
		return parked, err
	}
	o.Conversation = current
	return h.Put(ctx, o, desk.ItemPending)
}

type conversationMessagesIn struct {
	ID     string            `path:"id"`
	Status chat.MessageState `query:"status" doc:"como parked: a fila de espera"`
	web.Paging
}

func (h *Handlers) listConversationMessages(ctx context.Context, in *conversationMessagesIn) (*web.Answer[[]MessageView], error) {
	conversation, err := h.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Status == chat.Parked {
		rows, err := h.Store.Parked(ctx, conversation.TenantID, conversation.ID)
		if err != nil {
			return nil, err
		}
		return web.OK(web.Viewed(rows, viewMessage))
	}
	return h.messages(ctx, chat.MessageFilter{ConversationID: conversation.ID, State: in.Status, Page: in.Page()})
}

// withdrawMessage takes back a message that waits for the customer's reply.
func (h *Handlers) withdrawMessage(ctx context.Context, in *web.MessagePath) (*web.Said, error) {
	conversation, err := h.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	message, err := h.messageAt(ctx, in.MessageID)
	if err == nil && message.ConversationID != conversation.ID {
		err = fault.New(fault.NotFound, messageNotFound)
	}
	if err != nil {
		return nil, err
	}
	if _, err := h.Store.Withdraw(ctx, message.TenantID, message.ID, "retirada pela API"); err != nil {
		return nil, err
	}
	return web.Say("Mensagem retirada")
}
