package gateway

import (
	"context"
	"net/http"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type startIn struct {
	Body struct {
		To         phoneText       `json:"to,omitempty" doc:"telefone, como uma pessoa escreve"`
		ContactID  Ref             `json:"contactId,omitzero"`
		Name       string          `json:"name,omitempty" maxLength:"200"`
		ChannelID  string          `json:"channelId" minLength:"1"`
		TeamID     string          `json:"teamId,omitempty" maxLength:"200"`
		Template   *templateChoice `json:"template,omitempty"`
		Message    string          `json:"message,omitempty" maxLength:"4096"`
		Variables  Values          `json:"variables,omitzero"`
		ScheduleAt *time.Time      `json:"scheduleAt,omitempty" doc:"agendar mensagem"`
	}
}

type startedView struct {
	Conversation conversationBrief `json:"conversation"`
	Contact      contactBrief      `json:"contact"`
	MessageID    string            `json:"messageId"`
	Status       chat.MessageState `json:"status"`
}

// startConversation opens a conversation with a template, or with a text where the window is open (start-conversation.md).
func (g *Gateway) startConversation(ctx context.Context, in *startIn) (*Answer[startedView], error) {
	o, err := g.startOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := g.meet(ctx, &o); err != nil {
		return nil, err
	}
	state, err := g.sendOrPark(ctx, o)
	if err != nil {
		return nil, err
	}
	message, err := g.put(ctx, o, state)
	if err != nil {
		return nil, err
	}
	return g.startedAnswer(ctx, message, in.Body.TeamID)
}

func (g *Gateway) startOf(ctx context.Context, in *startIn) (outgoing, error) {
	o := outgoing{tenantID: tenantOf(ctx), origin: chat.FromPerson}
	body := in.Body
	switch {
	case body.To == "" && !body.ContactID.given:
		return o, fault.Required("to")
	case body.To != "" && body.ContactID.given:
		return o, fault.Field("contactId", "informe só um: to ou contactId")
	}
	var err error
	if o.channel, err = g.channelAt(ctx, body.ChannelID); err != nil {
		return o, err
	}
	if o.scheduleAt, err = g.schedule(body.ScheduleAt); err != nil {
		return o, err
	}
	if body.ContactID.given {
		o.person, err = g.findContact(ctx, o.tenantID, body.ContactID)
	} else {
		o.person, err = byPhone("to", string(body.To), regionOf(o.channel))
		o.person.name = body.Name
	}
	if err != nil {
		return o, err
	}
	o.content, err = g.written(ctx, o.channel, "message", body.Message, nil, Kinds{}, body.Template, body.Variables)
	return o, err
}

func (g *Gateway) startedAnswer(ctx context.Context, message chat.Message, teamID string) (*Answer[startedView], error) {
	contact, err := g.Store.Contact(ctx, message.TenantID, chat.Ref{ID: message.ContactID})
	if err != nil {
		return nil, err
	}
	var conversation chat.Conversation
	if teamID == "" {
		conversation, err = g.Store.Conversation(ctx, message.TenantID, chat.Ref{ID: message.ConversationID})
	} else {
		conversation, err = g.Store.ChangeConversation(ctx, message.TenantID, message.ConversationID, func(c *chat.Conversation) error {
			c.TeamID = teamID
			return nil
		})
		g.Waker.Contact(desk.Ref{TenantID: message.TenantID, ContactID: message.ContactID})
	}
	if err != nil {
		return nil, err
	}
	return with(http.StatusAccepted, startedView{
		Conversation: conversationBrief{ID: conversation.ID, Number: conversation.Number},
		Contact:      contactBrief{ID: contact.ID, Number: contact.Number, Phone: contact.Phone},
		MessageID:    message.ID, Status: message.State,
	})
}
