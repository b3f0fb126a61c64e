package actions

import (
	"context"
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// Action is one thing that can be done to the outside world, called by the API, by a command and by a node alike.
type Action interface {
	Describe() Description
	// Perform does it. A *fault.Error says why not; fault.Unconfirmed when nobody knows.
	Perform(ctx context.Context, call Call) (Result, error)
}

// Description tells what an action is called and checks its parameters before anything is saved.
type Description struct {
	Name  string
	About string // Portuguese, one sentence
	// Check refuses parameters that can never work; nil accepts all.
	Check func(params json.RawMessage) error
}

// Call is everything an action or a policy may look at.
type Call struct {
	Now          time.Time
	Tenant       chat.Tenant
	Channel      chat.Channel
	Contact      chat.Contact
	Conversation chat.Conversation
	Message      chat.Message
	// Provider is the channel's adapter.
	Provider provider.Provider
	// Template finds a template of the channel by name and language.
	Template func(name, language string) (chat.Template, bool)
	// Automatic is what the contact got automatically before this message.
	Automatic Automatic
}

// Automatic is the last automatic message that a contact got, be it one whose result is still awaited, and how many there
// were on the contact's local day.
type Automatic struct {
	LastID string
	LastAt time.Time
	Today  int
	// Zone is the one that the contact's days are counted in.
	Zone *time.Location
}

// Result is what an action came to.
type Result struct {
	Receipt provider.Receipt
}

// HasWindow tells whether the call's provider has the 24 h customer-service window.
func (c Call) HasWindow() bool {
	keeper, can := c.Provider.(provider.WindowKeeper)
	return !can || keeper.HasWindow()
}

// send hands the message to the provider; both send actions do it, because by then a template is content like any other.
// A template that the provider does not know yet, though its list has it, is waited for.
func send(ctx context.Context, call Call) (Result, error) {
	if call.Provider == nil {
		return Result{}, fault.New(fault.SenderOffline, "o provedor %q do canal não existe nesta instalação", call.Channel.Provider)
	}
	receipt, err := call.Provider.Send(ctx, call.Channel, provider.Outgoing{
		ID: call.Message.ID, To: call.Contact.AddressOn(call.Channel.Provider),
		Keys: call.Contact.KeysOn(call.Channel.Provider, call.Channel.Portfolio()), Content: call.Message.Content, ReplyTo: call.Message.ReplyTo,
	})
	return Result{Receipt: receipt}, patient(call, err)
}
