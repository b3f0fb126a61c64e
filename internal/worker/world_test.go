package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// world is a tenant with a channel of a scripted provider, a real store, a clock that only moves when told, and a worker.
type world struct {
	t        testing.TB
	address  string // of the database
	store    *store.Store
	worker   *worker.Worker
	provider *scripted
	writer   *writer
	waker    *noted
	pacer    *pacer
	tenant   chat.Tenant
	channel  chat.Channel
	mutex    sync.Mutex
	clock    time.Time
	sequence atomic.Int64
	// refuseTroubles lets the worker's process die, as it were, before it acts on what a refusal said.
	refuseTroubles bool
	// atStatus is when reported failures happened, if not just now.
	atStatus time.Time
	// beforeClaim happens once, between a look at evidence and the claim that may follow.
	beforeClaim func()
	engine      string
	flowID      string // the document that a story is about, where its steps need it
}

const lease = 45 * time.Second

// eachWorld runs a story on every database. It begins on 10 July 2025 at 09:00 in São Paulo.
func eachWorld(t *testing.T, story func(w *world)) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) { story(newWorld(t, engine)) })
	}
}

func newWorld(t testing.TB, engine string) *world {
	w := &world{t: t, engine: engine, clock: time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC), provider: &scripted{}, writer: newWriter(), waker: &noted{}, pacer: &pacer{}}
	w.provider.now = w.now
	w.address = storetest.Address(t, engine)
	w.store = storetest.Open(t, store.Options{Address: w.address, Now: w.now})
	w.tenant, w.channel = storetest.Tenant(t, w.store)
	w.restart()
	return w
}

// restart puts a new worker in the place of the one before.
func (w *world) restart() {
	w.worker = worker.New(worker.Options{
		Store: dying{w.store, w}, Compiler: catalog.New(100, nil), Waker: w.waker, Pacer: w.pacer,
		Providers: map[string]provider.Provider{"fake": w.provider}, Horizon: func() time.Duration { return 24 * time.Hour },
		Writer: w.writer, Lease: lease, Now: w.now, Logger: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// dying is the store of a worker that may die between two commits.
type dying struct {
	*store.Store
	world *world
}

func (d dying) Listeners(ctx context.Context, tenantID, channelID string, since time.Time) ([]desk.Listener, error) {
	found, err := d.Store.Listeners(ctx, tenantID, channelID, since)
	if happens := d.world.beforeClaim; happens != nil {
		d.world.beforeClaim = nil
		happens()
	}
	return found, err
}

func (d dying) ApplyTrouble(ctx context.Context, trouble desk.Trouble) ([]string, error) {
	if d.world.refuseTroubles {
		return nil, errors.New("the machine goes dark")
	}
	return d.Store.ApplyTrouble(ctx, trouble)
}

func (w *world) now() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) { w.at(w.now().Add(d)) }

func (w *world) at(t time.Time) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.clock = t
}

// local is a clock time of São Paulo in July 2025.
func local(day, hour, minute int) time.Time {
	return time.Date(2025, 7, day, hour+3, minute, 0, 0, time.UTC)
}

// customer lets a person write, and works on it.
func (w *world) customer(phone, text string) desk.Accepted {
	return w.arrive(phone, chat.Event{
		Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}, ProfileName: "Ana Souza"},
	})
}

// agent lets a person of the business write on the business's own phone.
func (w *world) agent(phone, text string) desk.Accepted {
	return w.arrive(phone, chat.Event{Name: chat.MessageEcho, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Text, Text: text}}})
}

func (w *world) arrive(phone string, event chat.Event) desk.Accepted {
	accepted := w.deposit(phone, event)
	w.work(accepted.ContactID)
	return accepted
}

// deposit writes an event down without working on it.
func (w *world) deposit(phone string, event chat.Event) desk.Accepted {
	event.At = w.now()
	return w.depositAt(phone, event)
}

// arriveAt is arrive for an event with a time of its own.
func (w *world) arriveAt(phone string, event chat.Event) desk.Accepted {
	accepted := w.depositAt(phone, event)
	w.work(accepted.ContactID)
	return accepted
}

func (w *world) depositAt(phone string, event chat.Event) desk.Accepted {
	w.t.Helper()
	event.ExternalID = fmt.Sprintf("wamid.%d", w.sequence.Add(1))
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Keys: []chat.Key{chat.PhoneKey(phone)}, Phone: phone, Event: event,
	}}})
	require.NoError(w.t, err)
	return written.Accepted[0]
}

func (w *world) work(contactID string) {
	w.t.Helper()
	require.NoError(w.t, w.worker.Work(context.Background(), desk.Ref{TenantID: w.tenant.ID, ContactID: contactID}))
}

// status reports a delivery state for one of our messages, and works on it.
func (w *world) status(messageID string, state chat.MessageState, code string) {
	w.t.Helper()
	w.statusAt(messageID, state, code, w.now())
}

// statusAt reports it with a time of the provider's clock.
func (w *world) statusAt(messageID string, state chat.MessageState, code string, at time.Time) {
	w.t.Helper()
	written, err := w.store.Receive(context.Background(), desk.Intake{Statuses: []desk.StatusArrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID,
		Status: chat.Status{Tracker: messageID, MessageExternalID: "wamid.of." + messageID, State: state, At: at, ErrorCode: code},
	}}})
	require.NoError(w.t, err)
	for _, ref := range written.Wake {
		w.work(ref.ContactID)
	}
}

// model publishes a follow-up model and gives its document.
func (w *world) model(body string) flows.Document {
	return w.publish(flows.ModelDocument, body)
}

func (w *world) flow(body string) flows.Document {
	return w.publish(flows.FlowDocument, body)
}

func (w *world) publish(kind flows.DocumentKind, body string) flows.Document {
	w.t.Helper()
	document, err := w.store.CreateDocument(context.Background(), flows.Document{
		ID: chat.NewID(), TenantID: w.tenant.ID, Kind: kind, Name: "Modelo", ChannelID: w.channel.ID, Active: true, Body: json.RawMessage(body),
	})
	require.NoError(w.t, err)
	_, err = catalog.New(1, nil).Compile(document)
	require.NoError(w.t, err)
	return document
}

// enrol puts a contact into a model; an empty document takes it out.
func (w *world) enrol(phone string, document flows.Document) desk.Accepted {
	return w.arrive(phone, chat.Event{Name: chat.Enrol, Enrol: &chat.Enrolment{FlowID: document.ID, Group: "model", Source: "api"}})
}

func (w *world) pending() []flows.FollowUpView {
	return w.followUps(chat.FollowUpFilter{Pending: true})
}

func (w *world) history() []flows.FollowUpView { return w.followUps(chat.FollowUpFilter{}) }

func (w *world) cancelReasons() []string {
	var reasons []string
	for _, row := range w.history() {
		reasons = append(reasons, row.CancelReason)
	}
	return reasons
}

func (w *world) followUps(filter chat.FollowUpFilter) []flows.FollowUpView {
	w.t.Helper()
	filter.Limit = 200
	found, err := w.store.FollowUps(context.Background(), w.tenant.ID, filter)
	require.NoError(w.t, err)
	for i, row := range found { // lists come without decision logs
		found[i], err = w.store.FollowUp(context.Background(), w.tenant.ID, row.ID)
		require.NoError(w.t, err)
	}
	return found
}

func (w *world) message(id string) chat.Message {
	w.t.Helper()
	message, err := w.store.Message(context.Background(), w.tenant.ID, id)
	require.NoError(w.t, err)
	return message
}

func (w *world) notifications() []desk.Notification {
	w.t.Helper()
	found, err := w.store.Notifications(context.Background(), w.tenant.ID, chat.Page{Limit: 100})
	require.NoError(w.t, err)
	return found
}

// scripted is a provider that answers as it is told, and accepts otherwise.
type scripted struct {
	mutex   sync.Mutex
	now     func() time.Time
	answers []error
	sent    []sending
	during  func(message provider.Outgoing)
}

type sending struct {
	at      time.Time
	message provider.Outgoing
}

func (s *scripted) Name() string                                    { return "fake" }
func (s *scripted) Verify(chat.Channel, provider.Request) error     { return nil }
func (s *scripted) Parse([]byte, time.Time) (provider.Batch, error) { return provider.Batch{}, nil }
func (s *scripted) answer(answers ...error)                         { s.answers = append(s.answers, answers...) }
func (s *scripted) Send(_ context.Context, _ chat.Channel, m provider.Outgoing) (provider.Receipt, error) {
	s.mutex.Lock()
	s.sent = append(s.sent, sending{at: s.now(), message: m})
	var answer error
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	during := s.during
	s.mutex.Unlock()
	if during != nil {
		during(m)
	}
	if answer != nil {
		return provider.Receipt{}, answer
	}
	return provider.Receipt{ExternalID: "wamid.of." + m.ID, State: chat.Accepted, Route: m.To}, nil
}

func (s *scripted) texts() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var texts []string
	for _, one := range s.sent {
		texts = append(texts, one.message.Content.Text)
	}
	return texts
}

// noted is a waker that only takes notes.
type noted struct {
	mutex         sync.Mutex
	alarms        []desk.Alarm
	later         []time.Time
	notifications []string
}

func (n *noted) At(alarm desk.Alarm) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.alarms = append(n.alarms, alarm)
}

func (n *noted) Later(_ desk.Ref, at time.Time) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.later = append(n.later, at)
}

func (n *noted) Notification(id string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.notifications = append(n.notifications, id)
}

// pacer lets everything through, or not before a time, or nobody new before a time.
type pacer struct {
	mutex     sync.Mutex
	notBefore time.Time
	fullUntil time.Time
	held      []time.Time
	heldFor   []string
	slowed    []string
	asked     []worker.PaceLimits
	released  []string
	merged    []string
}

func (p *pacer) Reserve(_ context.Context, limits worker.PaceLimits) worker.PaceSlot {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.asked = append(p.asked, limits)
	switch {
	case limits.Begins && limits.Now.Before(p.fullUntil):
		return worker.PaceSlot{At: p.fullUntil, Full: true, Used: 250}
	case limits.Now.Before(p.notBefore):
		return worker.PaceSlot{At: p.notBefore}
	}
	return worker.PaceSlot{At: limits.Now}
}

func (p *pacer) Release(_ context.Context, _ worker.PaceChannel, _, messageID string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.released = append(p.released, messageID)
}

func (p *pacer) Slow(_ context.Context, channel worker.PaceChannel) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.slowed = append(p.slowed, channel.ID)
}

func (p *pacer) Merged(_ context.Context, channel worker.PaceChannel, contactID string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.merged = append(p.merged, channel.ID+" "+contactID)
}

func (p *pacer) Hold(_ context.Context, _ worker.PaceChannel, contactID string, until time.Time, _ string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.held, p.heldFor = append(p.held, until), append(p.heldFor, contactID)
}

func refOf(w *world, contactID string) desk.Ref {
	return desk.Ref{TenantID: w.tenant.ID, ContactID: contactID}
}
