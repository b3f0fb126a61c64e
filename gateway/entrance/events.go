package entrance

import (
	"context"
	"net/http"
	"regexp"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type eventIn struct {
	Body struct {
		Event          string           `json:"event" minLength:"1" maxLength:"100" doc:"call.completed, deal.created, contact.tag_added (data.tag), contact.stage_entered (data.stage), contact.status_changed (data.status), ou um nome próprio"`
		Number         people.PhoneText `json:"number,omitempty"`
		ContactID      web.Ref          `json:"contactId,omitzero"`
		ConversationID web.Ref          `json:"conversationId,omitzero"`
		Data           map[string]any   `json:"data,omitempty" doc:"o que os fluxos leem em trigger"`
		EventID        string           `json:"eventId,omitempty" maxLength:"200" doc:"o mesmo eventId não conta duas vezes"`
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
func (h *Handlers) receiveEvent(ctx context.Context, in *eventIn) (*web.Answer[eventView], error) {
	name, err := platformEvent(in.Body.Event)
	if err != nil {
		return nil, err
	}
	event := chat.Event{Name: name, At: h.Now(), Data: in.Body.Data}
	about, err := datumOf(event)
	if err != nil {
		return nil, err
	}
	tenantID := web.TenantOf(ctx)
	who, err := h.eventPerson(ctx, tenantID, in)
	if err != nil {
		return nil, err
	}
	contactID, err := h.knownPerson(ctx, tenantID, who)
	if err != nil {
		return nil, err
	}
	deed := desk.Deed{ChannelID: who.Conversation.ChannelID, Do: func(c *chat.Contact) []chat.Event {
		about.apply(c)
		return []chat.Event{event}
	}}
	if in.Body.EventID != "" {
		deed.ExternalID = externalID("event", tenantID, in.Body.Event, in.Body.EventID)
	}
	carried, err := h.Carry(ctx, tenantID, contactID, []desk.Deed{deed})
	if err != nil {
		return nil, err
	}
	done := carried.Done[0]
	return web.With(http.StatusAccepted, eventView{
		EventID: done.EventID, ContactID: contactID, ConversationID: done.ConversationID, Duplicate: done.Duplicate,
	})
}

// knownPerson is the contact's id; somebody who is not known yet becomes a contact, without a conversation.
func (h *Handlers) knownPerson(ctx context.Context, tenantID string, who people.Person) (string, error) {
	if who.ContactID != "" {
		return who.ContactID, nil
	}
	known, err := h.Store.ContactByKeys(ctx, tenantID, who.Keys)
	if !fault.Is(err, fault.NotFound) {
		return known.ID, err
	}
	made, err := h.Store.EnsureConversation(ctx, tenantID, "", who.Keys, who.Phone, who.Name)
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

func (h *Handlers) eventPerson(ctx context.Context, tenantID string, in *eventIn) (people.Person, error) {
	given := 0
	for _, present := range []bool{in.Body.Number != "", in.Body.ContactID.Given, in.Body.ConversationID.Given} {
		if present {
			given++
		}
	}
	switch {
	case given == 0:
		return people.Person{}, fault.Required("number")
	case given > 1:
		return people.Person{}, fault.Field("number", "informe só um: number, contactId ou conversationId")
	case in.Body.ConversationID.Given:
		ref, err := in.Body.ConversationID.Take("conversationId")
		if err != nil {
			return people.Person{}, err
		}
		return h.FindConversation(ctx, tenantID, ref)
	case in.Body.ContactID.Given:
		return h.FindContact(ctx, tenantID, in.Body.ContactID)
	}
	return people.ByPhone("number", string(in.Body.Number), "")
}
