package outgoing

import (
	"context"
	"net/http"
	"slices"
	"time"

	"retoma/actions"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/trace"
)

// The names of the two actions in the outbox.
const (
	actionMessage  = "send_message"
	actionTemplate = "send_template"
)

// farthest is how far ahead a message can be scheduled: whatever lies beyond was not meant.
const farthest = 2 * 366 * 24 * time.Hour

// Outbox takes messages that are to be sent.
type Outbox struct {
	*people.Register
	Store Store
	// Horizon is how far ahead due times get a task at once; 0 arms everything.
	Horizon func() time.Duration
}

// Message is a message that somebody asks for, with all that is known about where it goes.
type Message struct {
	TenantID string
	Channel  chat.Channel
	// Person is who gets it; contact and conversation are filled in if they exist.
	Person       people.Person
	Contact      chat.Contact
	Conversation chat.Conversation
	Content      chat.Content
	// Quotes is our id of the message that this one quotes, and replyTo the provider's.
	Quotes        string
	replyTo       string
	Origin        chat.Origin
	Transactional bool
	ScheduleAt    time.Time
	BestBefore    time.Time
}

// Meet finds the contact and the conversation on the channel, if they exist.
func (b *Outbox) Meet(ctx context.Context, o *Message) error {
	var err error
	switch {
	case o.Contact.ID != "":
	case o.Person.ContactID != "":
		o.Contact, err = b.Store.Contact(ctx, o.TenantID, chat.Ref{ID: o.Person.ContactID})
	default:
		o.Contact, err = b.Store.ContactByKeys(ctx, o.TenantID, o.Person.Keys)
		if fault.Is(err, fault.NotFound) {
			o.Contact, err = chat.Contact{TenantID: o.TenantID, Phone: o.Person.Phone}, nil
		}
	}
	if err != nil || o.Contact.ID == "" || o.Conversation.ID != "" {
		return err
	}
	o.Conversation, err = b.Store.ConversationOn(ctx, o.TenantID, o.Contact.ID, o.Channel.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Judge asks the same policies that will be asked before the send, so that a caller hears at once of what cannot work.
// What may be different by the time of a scheduled message is left to that time.
func (b *Outbox) Judge(ctx context.Context, o Message) error {
	tenant, err := b.Store.Tenant(ctx, o.TenantID)
	if err != nil {
		return err
	}
	templates, err := b.templatesOf(ctx, o.Channel)
	if err != nil {
		return err
	}
	if !o.Channel.PausedAt.IsZero() && o.ScheduleAt.IsZero() {
		return fault.New(fault.SenderOffline, "o remetente está pausado: retome-o antes de enviar")
	}
	call := actions.Call{
		Now: b.Now(), Tenant: tenant, Channel: o.Channel, Contact: o.Contact, Conversation: o.Conversation,
		Provider:  b.Providers[o.Channel.Provider],
		Automatic: actions.Automatic{Zone: people.LocalZone(o.Contact, o.Channel, tenant)},
		Message:   chat.Message{Content: o.Content, Origin: o.Origin, Transactional: o.Transactional, BestBefore: o.BestBefore},
		Template: func(name, language string) (chat.Template, bool) {
			return templates.Template(o.Channel.ID, name, language)
		},
	}
	policies := actions.Policies()
	if !o.ScheduleAt.IsZero() {
		policies = slices.DeleteFunc(policies, func(p actions.Policy) bool { return p.Name == "window" || p.Name == "pause" })
	}
	verdict, _, _ := actions.Judge(call, policies)
	if verdict.Error != nil && verdict.Error.Code == fault.OutsideWindow {
		if call.Conversation, err = b.heard(ctx, o); err != nil {
			return err
		}
		verdict, _, _ = actions.Judge(call, policies)
	}
	if verdict.Decision != actions.Go && verdict.Error != nil {
		return verdict.Error
	}
	return nil
}

// templatesOf reads a channel's templates in the form in which they are looked up.
func (b *Outbox) templatesOf(ctx context.Context, channel chat.Channel) (*desk.Setup, error) {
	all, err := b.Store.Templates(ctx, channel.TenantID, channel.ID)
	byKey := map[desk.TemplateKey]chat.Template{}
	for _, template := range all {
		byKey[desk.TemplateKey{Name: template.Name, Language: template.Language}] = template
	}
	return &desk.Setup{Templates: map[string]map[desk.TemplateKey]chat.Template{channel.ID: byKey}}, err
}

// Put makes contact and conversation if they are missing, and puts the message into the outbox.
func (b *Outbox) Put(ctx context.Context, o Message, state desk.ItemState) (chat.Message, error) {
	if err := b.useFiles(ctx, o.TenantID, &o.Content); err != nil {
		return chat.Message{}, err
	}
	if o.Conversation.ID == "" {
		accepted, err := b.ensure(ctx, o)
		if err != nil {
			return chat.Message{}, err
		}
		o.Contact.ID, o.Conversation.ID = accepted.ContactID, accepted.ConversationID
	}
	item := b.item(o, state)
	item.Message.Content.Trace = trace.Carried(ctx)
	now := b.Now()
	horizon := b.horizon(now)
	request, err := web.Asked(ctx, http.StatusAccepted, SentView{MessageID: item.ID, Status: item.Message.State})
	if err != nil {
		return chat.Message{}, err
	}
	item.Request = request
	if err := b.Store.Enqueue(ctx, item, horizon); err != nil {
		return chat.Message{}, err
	}
	ref := desk.Ref{TenantID: o.TenantID, ContactID: o.Contact.ID}
	switch {
	case state == desk.ItemParked:
	case !item.DueAt.After(now):
		b.Waker.Outbox(ref)
	case !item.DueAt.After(horizon):
		b.Waker.At(desk.Alarm{Kind: desk.AlarmItem, ID: item.ID, Token: item.DueAt.UnixMilli(), Ref: ref, At: item.DueAt})
	}
	return item.Message, nil
}

// ensure finds or makes the contact and its conversation on the channel.
func (b *Outbox) ensure(ctx context.Context, o Message) (desk.Accepted, error) {
	if o.Contact.ID == "" {
		return b.Store.EnsureConversation(ctx, o.TenantID, o.Channel.ID, o.Person.Keys, o.Person.Phone, o.Person.Name)
	}
	arrival := desk.Arrival{TenantID: o.TenantID, ChannelID: o.Channel.ID, ContactID: o.Contact.ID, OnlyPerson: true}
	written, err := b.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}})
	if err != nil {
		return desk.Accepted{}, err
	}
	return written.Accepted[0], nil
}

// horizon is until when due times get a task at once; a horizon of 0 arms everything (api.md, RETOMA_HORIZON).
func (b *Outbox) horizon(now time.Time) time.Time {
	if ahead := b.Horizon(); ahead > 0 {
		return now.Add(ahead)
	}
	return web.FarFuture()
}

func (b *Outbox) item(o Message, state desk.ItemState) desk.Item {
	now := b.Now().UTC()
	due := now
	if o.ScheduleAt.After(now) {
		due = o.ScheduleAt.UTC()
	}
	message := chat.Message{
		ID: b.NewID(), TenantID: o.TenantID, ContactID: o.Contact.ID, ConversationID: o.Conversation.ID, ChannelID: o.Channel.ID,
		Direction: chat.Outbound, Origin: o.Origin, State: chat.Queued, Content: o.Content, ReplyTo: o.replyTo, Transactional: o.Transactional,
		BestBefore: o.BestBefore, CreatedAt: now,
	}
	if state == desk.ItemParked {
		message.State = chat.Parked
	}
	action := actionMessage
	if o.Content.Type == chat.TemplateUse {
		action = actionTemplate
	}
	return desk.Item{ID: message.ID, OrderingKey: message.ID, Action: action, State: state, DueAt: due, Message: message}
}

// Schedule checks a wanted time: it lies ahead.
func (b *Outbox) Schedule(at *time.Time) (time.Time, error) {
	if at == nil {
		return time.Time{}, nil
	}
	if !at.After(b.Now()) {
		return time.Time{}, fault.Field("scheduleAt", "deve ser uma hora futura")
	}
	if at.After(b.Now().Add(farthest)) {
		return time.Time{}, fault.Field("scheduleAt", "no máximo dois anos à frente")
	}
	return at.UTC(), nil
}

// SentView is what callers hear of a message that they asked for.
type SentView struct {
	MessageID string            `json:"messageId"`
	Status    chat.MessageState `json:"status"`
	// SenderMessageID is the provider's id, when the caller waited for it.
	ProviderID string `json:"providerId,omitempty"`
	briefs.MessageWait
}
