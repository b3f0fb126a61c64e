package conversations

import (
	"context"
	"net/http"
	"time"

	"retoma/gateway/briefs"
	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type startIn struct {
	Body struct {
		To         people.PhoneText `json:"to,omitempty" doc:"telefone, como uma pessoa escreve"`
		ContactID  web.Ref          `json:"contactId,omitzero"`
		Name       string           `json:"name,omitempty" maxLength:"200"`
		ChannelID  string           `json:"channelId" minLength:"1"`
		TeamID     string           `json:"teamId,omitempty" maxLength:"200"`
		Template   *templateChoice  `json:"template,omitempty"`
		Message    string           `json:"message,omitempty" maxLength:"4096"`
		Variables  outgoing.Values  `json:"variables,omitzero"`
		ScheduleAt *time.Time       `json:"scheduleAt,omitempty" doc:"agendar mensagem"`
	}
}

type startedView struct {
	Conversation briefs.ConversationBrief `json:"conversation"`
	Contact      briefs.ContactBrief      `json:"contact"`
	MessageID    string                   `json:"messageId"`
	Status       chat.MessageState        `json:"status"`
}

// startConversation opens a conversation with a template, or with a text where the window is open (start-conversation.md).
func (h *Handlers) startConversation(ctx context.Context, in *startIn) (*web.Answer[startedView], error) {
	o, err := h.startOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := h.Meet(ctx, &o); err != nil {
		return nil, err
	}
	state, err := h.sendOrPark(ctx, o)
	if err != nil {
		return nil, err
	}
	message, err := h.Put(ctx, o, state)
	if err != nil {
		return nil, err
	}
	return h.startedAnswer(ctx, message, in.Body.TeamID)
}

func (h *Handlers) startOf(ctx context.Context, in *startIn) (outgoing.Message, error) {
	o := outgoing.Message{TenantID: web.TenantOf(ctx), Origin: chat.FromPerson}
	body := in.Body
	switch {
	case body.To == "" && !body.ContactID.Given:
		return o, fault.Required("to")
	case body.To != "" && body.ContactID.Given:
		return o, fault.Field("contactId", "informe só um: to ou contactId")
	}
	var err error
	if o.Channel, err = h.ChannelAt(ctx, body.ChannelID); err != nil {
		return o, err
	}
	if o.ScheduleAt, err = h.Schedule(body.ScheduleAt); err != nil {
		return o, err
	}
	if body.ContactID.Given {
		o.Person, err = h.FindContact(ctx, o.TenantID, body.ContactID)
	} else {
		o.Person, err = people.ByPhone("to", string(body.To), people.RegionOf(o.Channel))
		o.Person.Name = body.Name
	}
	if err != nil {
		return o, err
	}
	o.Content, err = h.written(ctx, o.Channel, "message", body.Message, nil, outgoing.Kinds{}, body.Template, body.Variables)
	return o, err
}

func (h *Handlers) startedAnswer(ctx context.Context, message chat.Message, teamID string) (*web.Answer[startedView], error) {
	contact, err := h.Store.Contact(ctx, message.TenantID, chat.Ref{ID: message.ContactID})
	if err != nil {
		return nil, err
	}
	var conversation chat.Conversation
	if teamID == "" {
		conversation, err = h.Store.Conversation(ctx, message.TenantID, chat.Ref{ID: message.ConversationID})
	} else {
		conversation, err = h.Store.ChangeConversation(ctx, message.TenantID, message.ConversationID, func(c *chat.Conversation) error {
			c.TeamID = teamID
			return nil
		})
		h.Waker.Contact(desk.Ref{TenantID: message.TenantID, ContactID: message.ContactID})
	}
	if err != nil {
		return nil, err
	}
	return web.With(http.StatusAccepted, startedView{
		Conversation: briefs.ConversationBrief{ID: conversation.ID, Number: conversation.Number},
		Contact:      briefs.ContactBrief{ID: contact.ID, Number: contact.Number, Phone: contact.Phone},
		MessageID:    message.ID, Status: message.State,
	})
}
