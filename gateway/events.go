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
		Event          string         `json:"event" minLength:"1" maxLength:"100" doc:"call.completed, deal.created, contact.tag_added (data.tag), contact.stage_entered (data.stage), contact.status_changed (data.status), ou um nome próprio"`
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

// receiveEvent takes a platform's event; flows whose trigger waits for its name start, in the conversation that was named,
// else in the one in which somebody wrote last. For a contact without any conversation nothing can start.
func (g *Gateway) receiveEvent(ctx context.Context, in *eventIn) (*Answer[eventView], error) {
	name, err := platformEvent(in.Body.Event)
	if err != nil {
		return nil, err
	}
	event := chat.Event{Name: name, At: g.Now(), Data: in.Body.Data}
	about, err := datumOf(event)
	if err != nil {
		return nil, err
	}
	tenantID := tenantOf(ctx)
	who, err := g.eventPerson(ctx, tenantID, in)
	if err != nil {
		return nil, err
	}
	contactID, err := g.knownPerson(ctx, tenantID, who)
	if err != nil {
		return nil, err
	}
	deed := desk.Deed{ChannelID: who.conversation.ChannelID, Do: func(c *chat.Contact) []chat.Event {
		about.apply(c)
		return []chat.Event{event}
	}}
	if in.Body.EventID != "" {
		deed.ExternalID = externalID("event", tenantID, in.Body.Event, in.Body.EventID)
	}
	carried, err := g.carry(ctx, tenantID, contactID, []desk.Deed{deed})
	if err != nil {
		return nil, err
	}
	done := carried.Done[0]
	return with(http.StatusAccepted, eventView{
		EventID: done.EventID, ContactID: contactID, ConversationID: done.ConversationID, Duplicate: done.Duplicate,
	})
}

// knownPerson is the contact's id; somebody who is not known yet becomes a contact, without a conversation.
func (g *Gateway) knownPerson(ctx context.Context, tenantID string, who person) (string, error) {
	if who.contactID != "" {
		return who.contactID, nil
	}
	known, err := g.Store.ContactByKeys(ctx, tenantID, who.keys)
	if !fault.Is(err, fault.NotFound) {
		return known.ID, err
	}
	made, err := g.Store.EnsureConversation(ctx, tenantID, "", who.keys, who.phone, who.name)
	return made.ContactID, err
}

// platformEvent refuses the names of what only retoma itself can know: nobody may pretend that a customer wrote.
func platformEvent(name string) (chat.EventName, error) {
	if !eventName.MatchString(name) {
		return "", fault.Field("event", "use letras minúsculas, números, ponto, hífen e _")
	}
	switch event := chat.EventName(name); event {
	case chat.MessageReceived, chat.MessageEcho, chat.MessageSent, chat.ConversationStarted, chat.MessageStatus, chat.Enrol, chat.CommandUnknown, chat.CommandRefused, chat.BotStopped, chat.ContactChanged, chat.FollowUpSkipped, chat.AgentWrote:
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
