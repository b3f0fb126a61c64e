package provider

import (
	"context"
	"io"
	"time"

	"retoma/internal/chat"
)

// Provider is one wire. It keeps no state about conversations; a channel brings its own configuration and secrets.
type Provider interface {
	// Name is how channels name the adapter, such as "meta".
	Name() string
	// Verify checks that the request comes from the provider, on the raw bytes. A failure is fault.Unauthorized.
	Verify(channel chat.Channel, request Request) error
	// Parse reads a webhook. One broken item never costs the others: it is listed as rejected.
	// An error means that the body as a whole is not the provider's (fault.Invalid).
	Parse(raw []byte, receivedAt time.Time) (Batch, error)
	// Send delivers one message. A *fault.Error tells what failed: fault.Unconfirmed when nobody knows whether
	// it went out; every other code is an answer.
	Send(ctx context.Context, channel chat.Channel, message Outgoing) (Receipt, error)
}

// Challenger is the ability to answer the provider's verification GET. An error is fault.Forbidden.
type Challenger interface {
	Challenge(channel chat.Channel, query func(name string) string) (body string, err error)
}

// TemplateSource is the ability to list the templates of a channel's account.
type TemplateSource interface {
	Templates(ctx context.Context, channel chat.Channel) ([]chat.Template, error)
}

// Checker is the ability to say in sentences what is wrong with a channel. callback is our own webhook's address, to be
// compared with what the provider has; empty if nobody knows it.
type Checker interface {
	Check(ctx context.Context, channel chat.Channel, callback string) ([]Finding, error)
}

// ConfigChecker is the ability to refuse a channel's configuration before it is saved, naming the field.
type ConfigChecker interface {
	CheckConfig(channel chat.Channel) error
}

// WindowKeeper tells whether the provider has the 24 h customer-service window. Without it the window is taken to exist.
type WindowKeeper interface {
	HasWindow() bool
}

// MediaUploader is the ability to take a file once and to be told its id in many messages.
type MediaUploader interface {
	// UploadMedia hands a file over. Uploading twice does no harm, so no error of it is fault.Unconfirmed; fault.Media
	// says that the provider does not want this file.
	UploadMedia(ctx context.Context, channel chat.Channel, file Upload) (Uploaded, error)
}

// MediaFetcher is the ability to fetch a file that a customer sent.
type MediaFetcher interface {
	// FetchMedia finds the file that a message named and begins to read it; the caller closes Body. A file of which the
	// provider says that it is larger than limit bytes is fault.TooLarge, one that will never be had fault.Media;
	// everything else may pass.
	FetchMedia(ctx context.Context, channel chat.Channel, media chat.Media, limit int64) (Fetched, error)
}

// Upload is a file for the provider.
type Upload struct {
	Name string
	MIME string
	Size int64 // bytes
	// Open begins to read it from its first byte; it may be called again when a connection broke.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Uploaded is what the provider calls a file that it has taken, and for how long it keeps it (0: nobody knows).
type Uploaded struct {
	ID    string
	Keeps time.Duration
}

// Fetched is a file of a customer's on its way.
type Fetched struct {
	Body io.ReadCloser
	// MIME and SHA256 are what the provider says now, as it writes them; empty if it says nothing.
	MIME, SHA256 string
	// Size is -1 where it is not known beforehand.
	Size int64
}

// Request is an HTTP request as far as adapters verify it.
type Request struct {
	Header func(name string) string
	// URL is the full public URL, for providers that sign it.
	URL string
	// Body is the raw bytes. Adapters must not keep it.
	Body []byte
}

// Batch is everything one webhook held.
type Batch struct {
	Messages []Incoming
	Statuses []StatusReport
	Notices  []Notice
	Rejected []Rejection
	// Ignored counts what is known and deliberately passed over, such as group life-cycle fields.
	Ignored int
}

// Incoming is one message of a customer, an echo of one that a person of the business wrote, or a choice about marketing
// messages (chat.MarketingChosen, without a message).
type Incoming struct {
	// Account is the provider's id of the number that received it (Meta: phone_number_id).
	Account string
	// From is every key that the payload names for the person.
	From []chat.Key
	// Phone is the person's number in E.164, if it is known.
	Phone string
	Name  string
	// Became are the keys that the person has from now on, and BecamePhone the number in E.164, when the provider itself says
	// that somebody changed number; From are then the old ones.
	Became      []chat.Key
	BecamePhone string
	Event       chat.Event
	// Raw is the item as the provider sent it, for people to look at where nobody can use it.
	Raw string
}

// Notice is news about a template, a number or an account, and which account it is: a number's, or the one that a
// channel's configuration names for account-wide news (Meta: phone_number_id or WABA id).
type Notice struct {
	Account string
	chat.News
	// Raw is as in [Incoming].
	Raw string
}

// StatusReport is a delivery state as a webhook told it.
type StatusReport struct {
	chat.Status
	// Raw is as in [Incoming].
	Raw string
}

// Rejection is an item that could not be read.
type Rejection struct {
	Reason string
	Raw    []byte
}

// Outgoing is one message as an adapter sends it.
type Outgoing struct {
	// ID is our message id; it travels with the message where the wire has a place for it.
	ID string
	// To is the contact's address at the provider.
	To      string
	Keys    []chat.Key
	Content chat.Content
	ReplyTo string
}

// Receipt is the provider's acceptance.
type Receipt struct {
	ExternalID string
	// Route is the address that the provider uses for the person, kept verbatim for later sends.
	Route string
	// State is Accepted, or HeldBack when the provider holds the template for quality assessment.
	State chat.MessageState
	Raw   string
}

// Finding is one sentence about a channel.
type Finding struct {
	Check   string `json:"check"`
	OK      bool   `json:"ok"`
	Message string `json:"message" doc:"o que se viu"`
	// Remedy is what a person can do about it; empty if nothing is wrong.
	Remedy string `json:"remedy,omitempty" doc:"o que fazer"`
	// Repairable tells that asking for a repair does it.
	Repairable bool `json:"repairable,omitempty" doc:"{\"repair\": true} resolve"`
}
