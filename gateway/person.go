package gateway

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nyaruka/phonenumbers"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// phoneText is a phone as callers write it: a JSON string, or a number as spreadsheets and n8n make it.
type phoneText string

// UnmarshalJSON takes a string or the digits of a number.
func (p *phoneText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	if string(raw) == "null" {
		text = ""
	}
	*p = phoneText(strings.TrimSpace(text))
	return nil
}

// Schema says in the document what is accepted.
func (phoneText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "telefone com código do país, como texto ou número",
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
	}
}

// Who names a person in exactly one way (followup-models.md).
type Who struct {
	Number    phoneText `json:"number,omitempty"`
	ContactID Ref       `json:"contactId,omitzero"`
	TicketID  Ref       `json:"ticketId,omitzero"`
	// ExternalID is of a contact that has it already.
	ExternalID customerText `json:"externalId,omitempty"`
}

// person is who an event is about.
type person struct {
	contactID string
	keys      []chat.Key
	phone     string
	name      string
	// conversation is the one that was named; zero if none was.
	conversation chat.Conversation
}

// arrival is a fact about the person on a channel.
func (p person) arrival(tenantID, channelID string, event chat.Event) desk.Arrival {
	return desk.Arrival{
		TenantID: tenantID, ChannelID: channelID, Keys: p.keys, ContactID: p.contactID, Phone: p.phone, Name: p.name, Event: event,
	}
}

// exactlyOne refuses none and several; the names are those of the fields that were given.
func (w Who) exactlyOne() error {
	given := 0
	for _, present := range []bool{w.Number != "", w.ContactID.given, w.TicketID.given, w.ExternalID != ""} {
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

type personStore interface {
	Contact(ctx context.Context, tenantID string, ref chat.Ref) (chat.Contact, error)
	ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error)
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
}

// find looks the person up. A number may be of somebody who is not known yet.
func (g *Gateway) find(ctx context.Context, tenantID string, w Who, region string) (person, error) {
	if err := w.exactlyOne(); err != nil {
		return person{}, err
	}
	switch {
	case w.ContactID.given:
		return g.findContact(ctx, tenantID, w.ContactID)
	case w.TicketID.given:
		ref, err := w.TicketID.take("ticketId")
		if err != nil {
			return person{}, err
		}
		return g.findConversation(ctx, tenantID, ref)
	case w.ExternalID != "":
		contact, err := g.Store.ContactByKeys(ctx, tenantID, externalKeys([]string{string(w.ExternalID)}))
		return person{contactID: contact.ID}, err
	}
	return byPhone("number", string(w.Number), region)
}

func (g *Gateway) findContact(ctx context.Context, tenantID string, given Ref) (person, error) {
	ref, err := given.take("contactId")
	if err != nil {
		return person{}, err
	}
	contact, err := g.Store.Contact(ctx, tenantID, ref)
	return person{contactID: contact.ID}, err
}

func (g *Gateway) findConversation(ctx context.Context, tenantID string, ref chat.Ref) (person, error) {
	conversation, err := g.Store.Conversation(ctx, tenantID, ref)
	return person{contactID: conversation.ContactID, conversation: conversation}, err
}

// byPhone names whoever has a phone; a number that nobody can read is the field's mistake.
func byPhone(field, text, region string) (person, error) {
	phone, err := chat.ParsePhone(text, region)
	if err != nil {
		return person{}, fault.Field(field, "%s", fault.Of(err).Message)
	}
	return person{keys: []chat.Key{chat.PhoneKey(phone)}, phone: phone}, nil
}

// regionOf is the country of a channel's own number: national numbers are read as of there. Empty if it cannot be told.
func regionOf(channel chat.Channel) string {
	number, err := phonenumbers.Parse(channel.Phone, "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(number)
}
