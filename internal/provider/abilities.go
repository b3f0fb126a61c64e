package provider

import (
	"context"

	"retoma/internal/chat"
)

// Reader is the ability to show a customer that a message of theirs was read and, with typing, that an answer is being
// written. The message is named by the provider's id. Errors are those of a read, never fault.Unconfirmed.
type Reader interface {
	MarkRead(ctx context.Context, channel chat.Channel, externalID string, typing bool) error
}

// NumberSource is the ability to say how a channel's number stands.
type NumberSource interface {
	// Number gives the number's state; blocked says in Portuguese why it cannot send, and is empty if it can.
	Number(ctx context.Context, channel chat.Channel) (state chat.NumberState, blocked string, err error)
}

// Repairer is the ability to cure what [Checker] found and a program may cure, such as an account that nobody subscribed to.
type Repairer interface {
	Repair(ctx context.Context, channel chat.Channel) error
}
