package gateway

import (
	"context"
	"net/http"
	"time"

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
		Text       string      `json:"text,omitempty" maxLength:"4096"`
		Attachment *Attachment `json:"attachment,omitempty"`
		Kinds
		Template   *templateChoice `json:"template,omitempty"`
		Variables  Values          `json:"variables,omitzero"`
		ScheduleAt *time.Time      `json:"scheduleAt,omitempty"`
		BestBefore *time.Time      `json:"bestBefore,omitempty" doc:"depois disto uma mensagem estacionada não é mais enviada"`
	}
}

// writeMessage is a person's message. Where the window is closed and a template opened the conversation since, it waits
// for the customer's reply (start-conversation.md, Mensagens na Fila de Espera).
func (g *Gateway) writeMessage(ctx context.Context, in *writeIn) (*Answer[sentView], error) {
	conversation, err := g.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	o, err := g.toConversation(ctx, conversation)
	if err != nil {
		return nil, err
	}
	if o.scheduleAt, err = g.schedule(in.Body.ScheduleAt); err != nil {
		return nil, err
	}
	if in.Body.BestBefore != nil {
		o.bestBefore = in.Body.BestBefore.UTC()
	}
	o.content, err = g.written(ctx, o.channel, "text", in.Body.Text, in.Body.Attachment, in.Body.Kinds, in.Body.Template, in.Body.Variables)
	if err != nil {
		return nil, err
	}
	o.quotes = in.Body.ReplyTo
	if err := g.refer(ctx, &o); err != nil {
		return nil, err
	}
	return g.writePerson(ctx, o)
}

// written is what a person wrote: a template, or a text, a file or another kind of message.
func (g *Gateway) written(
	ctx context.Context, channel chat.Channel, textField, text string, file *Attachment, kinds Kinds, template *templateChoice, values Values,
) (chat.Content, error) {
	if template == nil {
		return kinds.content(textField, text, file)
	}
	switch {
	case text != "" || file != nil || len(kinds.named()) > 0:
		return chat.Content{}, fault.Field("template", "informe só um: %s ou template", textField)
	case template.ID == "" && template.Name == "":
		return chat.Content{}, fault.Required("template.name")
	}
	if err := values.check("variables"); err != nil {
		return chat.Content{}, err
	}
	return g.templateContent(ctx, channel, templateWanted{name: template.Name, id: template.ID, language: template.Language, values: values})
}

// toConversation begins a person's message into a conversation.
func (g *Gateway) toConversation(ctx context.Context, conversation chat.Conversation) (outgoing, error) {
	o := outgoing{tenantID: conversation.TenantID, conversation: conversation, origin: chat.FromPerson}
	var err error
	if conversation.ChannelID == "" {
		return o, fault.New(fault.Impossible, "esta conversa não tem canal: as mensagens dela são da plataforma que chama generate-reply")
	}
	if o.channel, err = g.Store.Channel(ctx, o.tenantID, conversation.ChannelID); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.SenderOffline, "o canal desta conversa não existe mais")
		}
		return o, err
	}
	o.contact, err = g.Store.Contact(ctx, o.tenantID, chat.Ref{ID: conversation.ContactID})
	return o, err
}

// writePerson sends a person's message or parks it, and notes that a person is talking.
func (g *Gateway) writePerson(ctx context.Context, o outgoing) (*Answer[sentView], error) {
	state, err := g.sendOrPark(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.scheduleAt.IsZero() {
		o.conversation, err = g.Store.ChangeConversation(ctx, o.tenantID, o.conversation.ID, func(c *chat.Conversation) error {
			c.AgentAt = g.Now()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	message, err := g.put(ctx, o, state)
	if err != nil {
		return nil, err
	}
	if o.scheduleAt.IsZero() {
		if err := g.tellTakeover(ctx, o); err != nil {
			return nil, err
		}
	}
	if state == desk.ItemParked {
		if message, err = g.unpark(ctx, o, message); err != nil {
			return nil, err
		}
	}
	return with(http.StatusAccepted, sentView{MessageID: message.ID, Status: message.State})
}

// tellTakeover lets the contact's runs hear that a person has taken over.
func (g *Gateway) tellTakeover(ctx context.Context, o outgoing) error {
	_, err := g.receive(ctx, desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: o.tenantID, ChannelID: o.channel.ID, ContactID: o.contact.ID, Event: chat.Event{Name: chat.AgentWrote, At: g.Now()},
	}}})
	return err
}

// sendOrPark decides what happens to a person's message.
func (g *Gateway) sendOrPark(ctx context.Context, o outgoing) (desk.ItemState, error) {
	err := g.judge(ctx, o)
	if !fault.Is(err, fault.OutsideWindow) {
		return desk.ItemPending, err
	}
	opened, lookErr := g.openedByTemplate(ctx, o.conversation)
	switch {
	case lookErr != nil:
		return "", lookErr
	case opened:
		return desk.ItemParked, nil
	}
	return "", err
}

// openedByTemplate tells whether a template went into the conversation since the customer last wrote.
func (g *Gateway) openedByTemplate(ctx context.Context, conversation chat.Conversation) (bool, error) {
	page := chat.Page{Limit: maxLimit}
	for {
		rows, err := g.Store.Messages(ctx, conversation.TenantID, chat.MessageFilter{ConversationID: conversation.ID, Page: page})
		if err != nil {
			return false, err
		}
		for _, message := range rows {
			if !conversation.CustomerAt.IsZero() && message.CreatedAt.Before(conversation.CustomerAt) {
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
func (g *Gateway) unpark(ctx context.Context, o outgoing, parked chat.Message) (chat.Message, error) {
	current, err := g.Store.Conversation(ctx, o.tenantID, chat.Ref{ID: o.conversation.ID})
	if err != nil || !current.WindowOpen(g.Now()) {
		return parked, err
	}
	if _, err := g.Store.Withdraw(ctx, o.tenantID, parked.ID, "o cliente acabou de responder"); err != nil {
		if fault.Is(err, fault.Conflict) {
			return parked, nil
		}
		return parked, err
	}
	o.conversation = current
	return g.put(ctx, o, desk.ItemPending)
}

type conversationMessagesIn struct {
	ID     string            `path:"id"`
	Status chat.MessageState `query:"status" doc:"como parked: a fila de espera"`
	Paging
}

func (g *Gateway) listConversationMessages(ctx context.Context, in *conversationMessagesIn) (*Answer[[]MessageView], error) {
	conversation, err := g.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Status == chat.Parked {
		rows, err := g.Store.Parked(ctx, conversation.TenantID, conversation.ID)
		if err != nil {
			return nil, err
		}
		return ok(viewed(rows, viewMessage))
	}
	return g.messages(ctx, chat.MessageFilter{ConversationID: conversation.ID, State: in.Status, Page: in.page()})
}

// withdrawMessage takes back a message that waits for the customer's reply.
func (g *Gateway) withdrawMessage(ctx context.Context, in *messagePath) (*Said, error) {
	conversation, err := g.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	message, err := g.messageAt(ctx, in.MessageID)
	if err == nil && message.ConversationID != conversation.ID {
		err = fault.New(fault.NotFound, messageNotFound)
	}
	if err != nil {
		return nil, err
	}
	if _, err := g.Store.Withdraw(ctx, message.TenantID, message.ID, "retirada pela API"); err != nil {
		return nil, err
	}
	return said("Mensagem retirada")
}
