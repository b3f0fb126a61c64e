package gateway

import (
	"context"
	"net/http"
	"regexp"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type eventIn struct {
	Body struct {
		Event          string         `json:"event" minLength:"1" maxLength:"100" doc:"call.completed, deal.created, ou um nome próprio"`
		Number         phoneText      `json:"number,omitempty"`
		ContactID      Ref            `json:"contactId,omitzero"`
		ConversationID Ref            `json:"conversationId,omitzero"`
		Data           map[string]any `json:"data,omitempty" doc:"o que os fluxos leem em trigger"`
		EventID        string         `json:"eventId,omitempty" maxLength:"200" doc:"o mesmo eventId não conta duas vezes"`
	}
}

type eventView struct {
	EventID        string `json:"eventId"`
	ContactID      string `json:"contactId"`
	ConversationID string `json:"conversationId,omitempty"`
	Duplicate      bool   `json:"duplicate"`
}

var eventName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.:-]*$`)

// receiveEvent takes a platform's event; flows whose trigger waits for its name start.
func (g *Gateway) receiveEvent(ctx context.Context, in *eventIn) (*Answer[eventView], error) {
	name, err := platformEvent(in.Body.Event)
	if err != nil {
		return nil, err
	}
	tenantID := tenantOf(ctx)
	who, err := g.eventPerson(ctx, tenantID, in)
	if err != nil {
		return nil, err
	}
	event := chat.Event{Name: name, At: g.Now(), Data: in.Body.Data}
	if in.Body.EventID != "" {
		event.ExternalID = externalID("event", tenantID, in.Body.Event, in.Body.EventID)
	}
	arrival := who.arrival(tenantID, who.conversation.ChannelID, event)
	written, err := g.receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return nil, err
	}
	accepted := written.Accepted[0]
	return with(http.StatusAccepted, eventView{
		EventID: accepted.EventID, ContactID: accepted.ContactID, ConversationID: accepted.ConversationID, Duplicate: accepted.Duplicate,
	})
}

// platformEvent refuses the names of what only retoma itself can know: nobody may pretend that a customer wrote.
func platformEvent(name string) (chat.EventName, error) {
	if !eventName.MatchString(name) {
		return "", fault.Field("event", "use letras minúsculas, números, ponto, hífen e _")
	}
	switch event := chat.EventName(name); event {
	case chat.MessageReceived, chat.MessageEcho, chat.MessageSent, chat.ConversationStarted, chat.MessageStatus, chat.Enrol, chat.CommandUnknown, chat.ContactChanged, chat.AgentWrote:
		return "", fault.Field("event", "%s é um evento do próprio retoma e não pode ser enviado", name)
	case "stage.entered":
		return chat.StageEntered, nil
	default:
		return event, nil
	}
}

func (g *Gateway) eventPerson(ctx context.Context, tenantID string, in *eventIn) (person, error) {
	given := 0
	for _, present := range []bool{in.Body.Number != "", in.Body.ContactID.given, in.Body.ConversationID.given} {
		if present {
			given++
		}
	}
	switch {
	case given == 0:
		return person{}, fault.Required("number")
	case given > 1:
		return person{}, fault.Field("number", "informe só um: number, contactId ou conversationId")
	case in.Body.ConversationID.given:
		ref, err := in.Body.ConversationID.take("conversationId")
		if err != nil {
			return person{}, err
		}
		return g.findConversation(ctx, tenantID, ref)
	case in.Body.ContactID.given:
		return g.findContact(ctx, tenantID, in.Body.ContactID)
	}
	return byPhone("number", string(in.Body.Number), "")
}
