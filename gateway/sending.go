package gateway

import (
	"context"
	"net/http"
	"slices"
	"time"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type sendingStore interface {
	EnsureConversation(ctx context.Context, tenantID, channelID string, keys []chat.Key, phone, name string) (desk.Accepted, error)
	Enqueue(ctx context.Context, item desk.Item, horizon time.Time) error
	ContactByKeys(ctx context.Context, tenantID string, keys []chat.Key) (chat.Contact, error)
	ConversationOn(ctx context.Context, tenantID, contactID, channelID string) (chat.Conversation, error)
	Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error)
	Template(ctx context.Context, tenantID, id string) (chat.Template, error)
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	Withdraw(ctx context.Context, tenantID, messageID, reason string) (chat.Message, error)
}

// The names of the two actions in the outbox.
const (
	actionMessage  = "send_message"
	actionTemplate = "send_template"
)

// outgoing is a message that somebody asks for, with all that is known about where it goes.
type outgoing struct {
	tenantID string
	channel  chat.Channel
	// person is who gets it; contact and conversation are filled in if they exist.
	person       person
	contact      chat.Contact
	conversation chat.Conversation
	content      chat.Content
	// quotes is our id of the message that this one quotes, and replyTo the provider's.
	quotes        string
	replyTo       string
	origin        chat.Origin
	transactional bool
	scheduleAt    time.Time
	bestBefore    time.Time
}

// meet finds the contact and the conversation on the channel, if they exist.
func (g *Gateway) meet(ctx context.Context, o *outgoing) error {
	var err error
	switch {
	case o.contact.ID != "":
	case o.person.contactID != "":
		o.contact, err = g.Store.Contact(ctx, o.tenantID, chat.Ref{ID: o.person.contactID})
	default:
		o.contact, err = g.Store.ContactByKeys(ctx, o.tenantID, o.person.keys)
		if fault.Is(err, fault.NotFound) {
			o.contact, err = chat.Contact{TenantID: o.tenantID, Phone: o.person.phone}, nil
		}
	}
	if err != nil || o.contact.ID == "" || o.conversation.ID != "" {
		return err
	}
	o.conversation, err = g.Store.ConversationOn(ctx, o.tenantID, o.contact.ID, o.channel.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// judge asks the same policies that will be asked before the send, so that a caller hears at once of what cannot work.
// What may be different by the time of a scheduled message is left to that time.
func (g *Gateway) judge(ctx context.Context, o outgoing) error {
	tenant, err := g.Store.Tenant(ctx, o.tenantID)
	if err != nil {
		return err
	}
	templates, err := g.templatesOf(ctx, o.channel)
	if err != nil {
		return err
	}
	if !o.channel.PausedAt.IsZero() && o.scheduleAt.IsZero() {
		return fault.New(fault.SenderOffline, "o remetente está pausado: retome-o antes de enviar")
	}
	call := actions.Call{
		Now: g.Now(), Tenant: tenant, Channel: o.channel, Contact: o.contact, Conversation: o.conversation,
		Provider: g.Providers[o.channel.Provider],
		Message:  chat.Message{Content: o.content, Origin: o.origin, Transactional: o.transactional, BestBefore: o.bestBefore},
		Template: func(name, language string) (chat.Template, bool) {
			return templates.Template(o.channel.ID, name, language)
		},
	}
	policies := actions.Policies()
	if !o.scheduleAt.IsZero() {
		policies = slices.DeleteFunc(policies, func(p actions.Policy) bool { return p.Name == "window" || p.Name == "pause" })
	}
	verdict, _, _ := actions.Judge(call, policies)
	if verdict.Decision != actions.Go && verdict.Error != nil {
		return verdict.Error
	}
	return nil
}

// templatesOf reads a channel's templates in the form in which they are looked up.
func (g *Gateway) templatesOf(ctx context.Context, channel chat.Channel) (*desk.Setup, error) {
	all, err := g.Store.Templates(ctx, channel.TenantID, channel.ID)
	byKey := map[desk.TemplateKey]chat.Template{}
	for _, template := range all {
		byKey[desk.TemplateKey{Name: template.Name, Language: template.Language}] = template
	}
	return &desk.Setup{Templates: map[string]map[desk.TemplateKey]chat.Template{channel.ID: byKey}}, err
}

// put makes contact and conversation if they are missing, and puts the message into the outbox.
func (g *Gateway) put(ctx context.Context, o outgoing, state desk.ItemState) (chat.Message, error) {
	if err := g.useFiles(ctx, o.tenantID, &o.content); err != nil {
		return chat.Message{}, err
	}
	if o.conversation.ID == "" {
		accepted, err := g.ensure(ctx, o)
		if err != nil {
			return chat.Message{}, err
		}
		o.contact.ID, o.conversation.ID = accepted.ContactID, accepted.ConversationID
	}
	item := g.item(o, state)
	now := g.Now()
	horizon := g.horizon(now)
	request, err := asked(ctx, http.StatusAccepted, sentView{MessageID: item.ID, Status: item.Message.State})
	if err != nil {
		return chat.Message{}, err
	}
	item.Request = request
	if err := g.Store.Enqueue(ctx, item, horizon); err != nil {
		return chat.Message{}, err
	}
	ref := desk.Ref{TenantID: o.tenantID, ContactID: o.contact.ID}
	switch {
	case state == desk.ItemParked:
	case !item.DueAt.After(now):
		g.Waker.Outbox(ref)
	case !item.DueAt.After(horizon):
		g.Waker.At(desk.Alarm{Kind: desk.AlarmItem, ID: item.ID, Token: item.DueAt.UnixMilli(), Ref: ref, At: item.DueAt})
	}
	return item.Message, nil
}

// ensure finds or makes the contact and its conversation on the channel.
func (g *Gateway) ensure(ctx context.Context, o outgoing) (desk.Accepted, error) {
	if o.contact.ID == "" {
		return g.Store.EnsureConversation(ctx, o.tenantID, o.channel.ID, o.person.keys, o.person.phone, o.person.name)
	}
	arrival := desk.Arrival{TenantID: o.tenantID, ChannelID: o.channel.ID, ContactID: o.contact.ID, OnlyPerson: true}
	written, err := g.receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return desk.Accepted{}, err
	}
	return written.Accepted[0], nil
}

// horizon is until when due times get a task at once; a horizon of 0 arms everything (api.md, RETOMA_HORIZON).
func (g *Gateway) horizon(now time.Time) time.Time {
	if ahead := g.Horizon(); ahead > 0 {
		return now.Add(ahead)
	}
	return farFuture()
}

func (g *Gateway) item(o outgoing, state desk.ItemState) desk.Item {
	now := g.Now().UTC()
	due := now
	if o.scheduleAt.After(now) {
		due = o.scheduleAt.UTC()
	}
	message := chat.Message{
		ID: g.NewID(), TenantID: o.tenantID, ContactID: o.contact.ID, ConversationID: o.conversation.ID, ChannelID: o.channel.ID,
		Direction: chat.Outbound, Origin: o.origin, State: chat.Queued, Content: o.content, ReplyTo: o.replyTo, Transactional: o.transactional,
		BestBefore: o.bestBefore, CreatedAt: now,
	}
	if state == desk.ItemParked {
		message.State = chat.Parked
	}
	action := actionMessage
	if o.content.Type == chat.TemplateUse {
		action = actionTemplate
	}
	return desk.Item{ID: message.ID, OrderingKey: message.ID, Action: action, State: state, DueAt: due, Message: message}
}

// schedule checks a wanted time: it lies ahead.
func (g *Gateway) schedule(at *time.Time) (time.Time, error) {
	if at == nil {
		return time.Time{}, nil
	}
	if !at.After(g.Now()) {
		return time.Time{}, fault.Field("scheduleAt", "deve ser uma hora futura")
	}
	return at.UTC(), nil
}

type sentView struct {
	MessageID string            `json:"messageId"`
	Status    chat.MessageState `json:"status"`
	// SenderMessageID is the provider's id, when the caller waited for it.
	ProviderID string `json:"providerId,omitempty"`
	MessageWait
}
