package people

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nyaruka/phonenumbers"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// PhoneText is a phone as callers write it: a JSON string, or a number as spreadsheets and n8n make it.
type PhoneText string

// UnmarshalJSON takes a string or the digits of a number.
func (p *PhoneText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	if string(raw) == "null" {
		text = ""
	}
	*p = PhoneText(strings.TrimSpace(text))
	return nil
}

// Schema says in the document what is accepted.
func (PhoneText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "telefone com código do país, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// Who names a person in exactly one way (followup-models.md).
type Who struct {
	Number    PhoneText `json:"number,omitempty"`
	ContactID web.Ref   `json:"contactId,omitzero"`
	TicketID  web.Ref   `json:"ticketId,omitzero"`
	// ExternalID is of a contact that has it already.
	ExternalID CustomerText `json:"externalId,omitempty"`
}

// Person is who an event is about.
type Person struct {
	ContactID string
	Keys      []chat.Key
	Phone     string
	Name      string
	// Conversation is the one that was named; zero if none was.
	Conversation chat.Conversation
}

// Arrival is a fact about the person on a channel.
func (p Person) Arrival(tenantID, channelID string, event chat.Event) desk.Arrival {
	return desk.Arrival{
		TenantID: tenantID, ChannelID: channelID, Keys: p.Keys, ContactID: p.ContactID, Phone: p.Phone, Name: p.Name, Event: event,
	}
}

// ExactlyOne refuses none and several; the names are those of the fields that were given.
func (w Who) ExactlyOne() error {
	given := 0
	for _, present := range []bool{w.Number != "", w.ContactID.Given, w.TicketID.Given, w.ExternalID != ""} {
		if present {
			given++
		}
	}
	switch given {
	case 0:
		return fault.Required("number")
	case 1:
		return nil
	}
	return fault.Field("number", "informe só um: number, contactId ou ticketId (ou externalId)")
}

// Find looks the person up. A number may be of somebody who is not known yet.
func (r *Register) Find(ctx context.Context, tenantID string, w Who, region string) (Person, error) {
	if err := w.ExactlyOne(); err != nil {
		return Person{}, err
	}
	switch {
	case w.ContactID.Given:
		return r.FindContact(ctx, tenantID, w.ContactID)
	case w.TicketID.Given:
		ref, err := w.TicketID.Take("ticketId")
		if err != nil {
			return Person{}, err
		}
		return r.FindConversation(ctx, tenantID, ref)
	case w.ExternalID != "":
		contact, err := r.Store.ContactByKeys(ctx, tenantID, ExternalKeys([]string{string(w.ExternalID)}))
		return Person{ContactID: contact.ID}, err
	}
	return ByPhone("number", string(w.Number), region)
}

// FindContact finds the contact that a body names.
func (r *Register) FindContact(ctx context.Context, tenantID string, given web.Ref) (Person, error) {
	ref, err := given.Take("contactId")
	if err != nil {
		return Person{}, err
	}
	contact, err := r.Store.Contact(ctx, tenantID, ref)
	return Person{ContactID: contact.ID}, err
}

// FindConversation finds a conversation, and with it whose it is.
func (r *Register) FindConversation(ctx context.Context, tenantID string, ref chat.Ref) (Person, error) {
	conversation, err := r.Store.Conversation(ctx, tenantID, ref)
	return Person{ContactID: conversation.ContactID, Conversation: conversation}, err
}

// ByPhone names whoever has a phone; a number that nobody can read is the field's mistake.
func ByPhone(field, text, region string) (Person, error) {
	phone, err := chat.ParsePhone(text, region)
	if err != nil {
		return Person{}, fault.Field(field, "%s", fault.Of(err).Message)
	}
	return Person{Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone}, nil
}

// RegionOf is the country of a channel's own number: national numbers are read as of there. Empty if it cannot be told.
func RegionOf(channel chat.Channel) string {
	number, err := phonenumbers.Parse(channel.Phone, "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(number)
}
