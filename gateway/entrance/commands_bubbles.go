package entrance

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retoma/gateway/people"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/typebot"
)

// What is looked at of a contact's words: an echo comes soon.
const (
	heardFor      = 7 * 24 * time.Hour
	heardMessages = 50
)

// turnName numbers a turn: a JSON number or a text.
type turnName string

// UnmarshalJSON takes a string or a number.
func (n *turnName) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	*n = turnName(strings.TrimSpace(text))
	if string(raw) == "null" {
		*n = ""
	}
	return nil
}

// Schema says in the document what is accepted.
func (turnName) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString, MaxLength: new(200)}, {Type: huma.TypeInteger}}}
}

// bubble is one message of a flow: what it says, or why nobody can tell.
type bubble struct {
	id   string
	text string
	// other is a picture, a video, a sound: it holds no words and goes to the customer as it came.
	other bool
	// command is plain JSON of the HTTP block, which needs no secret: the path's token is one.
	command bool
	problem error
}

func bubblesOf(text string, messages []typebotMessage) ([]bubble, error) {
	switch {
	case text != "" && len(messages) > 0:
		return nil, fault.Field("messages", "informe só um: text ou messages")
	case text != "":
		return []bubble{{text: text}}, nil
	case len(messages) == 0:
		return nil, fault.Required("text")
	}
	bubbles := make([]bubble, len(messages))
	for i, message := range messages {
		one := bubble{id: message.ID, other: message.Type != "text" && message.Type != ""}
		one.text, one.problem = typebot.Bubble{ID: message.ID, Type: message.Type, Content: message.Content}.Text()
		bubbles[i] = one
	}
	return bubbles, nil
}

// commandRequest is what one call asks for.
type commandRequest struct {
	tenantID string
	who      people.Who
	channel  chat.Channel
	bubbles  []bubble
	turn     CommandTurn
}

// readAll reads the bubbles under the rules of the tenant and the channel. What the contact wrote is only looked up where
// something looks like a command.
func (h *Handlers) readAll(ctx context.Context, r commandRequest, who people.Person) ([]typebot.Reading, desk.Words, chat.Tenant, error) {
	var words desk.Words
	var tenant chat.Tenant
	suspect := slices.ContainsFunc(r.bubbles, func(b bubble) bool { return strings.ContainsAny(b.text, "#{") || b.problem != nil })
	if !suspect {
		return readWith(typebot.Rules{}, r.bubbles), words, tenant, nil
	}
	tenant, err := h.Store.Tenant(ctx, r.tenantID)
	if err != nil {
		return nil, words, tenant, err
	}
	tenant.Settings = tenant.Settings.WithDefaults()
	rules := commandRules(tenant.Settings.Typebot, r.channel)
	if r.turn.TextAround != nil {
		rules.Around = *r.turn.TextAround
	}
	readings := readWith(rules, r.bubbles)
	found := slices.ContainsFunc(readings, func(one typebot.Reading) bool { return len(one.Commands)+len(one.Refused) > 0 })
	if !found {
		return readings, words, tenant, nil
	}
	var key chat.Key
	if len(who.Keys) > 0 {
		key = who.Keys[0]
	}
	if words, err = h.Store.ContactWords(ctx, r.tenantID, who.ContactID, key, h.Now().Add(-heardFor), heardMessages); err != nil {
		return nil, words, tenant, err
	}
	rules.Heard = heardOf(words, r.turn.Heard)
	return readWith(rules, r.bubbles), words, tenant, nil
}

func commandRules(settings chat.TypebotSettings, channel chat.Channel) typebot.Rules {
	own := channel.TypebotOwn(settings)
	return typebot.Rules{Around: own.Around, Secret: own.Secret, Allowed: own.Commands}
}

// heardOf is everything that the contact may have written: names and fields, stored messages, and what the bridge knows.
func heardOf(words desk.Words, told []string) *typebot.Heard {
	if words.TooMuch {
		return typebot.HeardTooMuch()
	}
	heard := []string{words.Contact.Name}
	for _, name := range slices.Sorted(maps.Keys(words.Contact.Fields)) {
		heard = append(heard, words.Contact.Fields[name])
	}
	heard = append(heard, words.Texts...)
	return typebot.NewHeard(append(heard, told...)...)
}

func readWith(rules typebot.Rules, bubbles []bubble) []typebot.Reading {
	readings := make([]typebot.Reading, len(bubbles))
	for i, one := range bubbles {
		switch own := rules; {
		case one.problem != nil:
			readings[i] = typebot.Reading{Refused: []typebot.Refusal{{Source: "#", Reason: fault.Of(one.problem).Message, Hint: typebot.HintInvalidJSON, Ahead: true}}}
		case one.command:
			own.Secret, own.Around = "", false
			readings[i] = own.Read(one.text)
		default:
			readings[i] = own.Read(one.text)
		}
	}
	return readings
}
