package gateway_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// stage is a house in which a worker works, and the names of what a scene has made in it.
type stage struct {
	*house
	worker *worker.Worker
	line   *line
	names  map[string]string
}

// A scene brings a stage to the state that an example shows, at the example's time. It begins when it says.
type scene struct {
	begins time.Time
	play   func(s *stage)
}

func newStage(t testing.TB, engine, name string) *stage {
	t.Helper()
	scene, known := scenes[name]
	require.True(t, known, "there is no scene %q", name)
	wire := &line{Adapter: meta.New(meta.Options{})}
	h := newHouseAt(t, storetest.Address(t, engine), scene.begins, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": wire}
	})
	s := &stage{house: h, line: wire, names: map[string]string{"nobody": chat.NewID(), "tenant": h.Ours.ID, "instance": h.Ours.Channel.ID}}
	s.worker = worker.New(worker.Options{
		Store: h.Store, Compiler: h.Options.Catalog, Waker: h.Wakes, Pacer: at{}, Providers: h.Options.Providers,
		Writer: author{}, Horizon: func() time.Duration { return time.Hour }, Lease: time.Minute, Now: h.Clock,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	s.Done(200, "PUT", "/api/channels/"+h.Ours.Channel.ID, h.Ours.Admin, object{"name": "vendas-01"})
	s.Done(200, "PUT", "/api/settings", h.Ours.Admin, object{"timezone": "UTC"})
	scene.play(s)
	return s
}

// on is an instant of January 2026, which is when the documents' examples happen.
func on(day, hour, minute, second int) time.Time {
	return time.Date(2026, time.January, day, hour, minute, second, 0, time.UTC)
}

// at moves the clock to an instant.
func (s *stage) at(instant time.Time) {
	s.T.Helper()
	require.False(s.T, instant.Before(s.Clock()), "the clock does not go back")
	s.Advance(instant.Sub(s.Clock()))
}

var placeholder = regexp.MustCompile(`<([^<>]+)>`)

// replace puts what the scene made in the place of <names>; <uuid> stays.
func (s *stage) replace(text string) string {
	s.T.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[1 : len(found)-1]
		if name == "uuid" {
			return found
		}
		require.Contains(s.T, s.names, name)
		return s.names[name]
	})
}

// fill is a body of a document with what the scene made.
func (s *stage) fill(raw json.RawMessage) any {
	s.T.Helper()
	if len(raw) == 0 {
		return nil
	}
	var value any
	require.NoError(s.T, json.Unmarshal([]byte(s.replace(string(raw))), &value))
	return value
}

// newRule makes a rule over HTTP and names it.
func (s *stage) newRule(name string, changes object) string {
	s.T.Helper()
	s.names[name] = s.Rule(s.Ours, changes).Text("id")
	return s.names[name]
}

// writes lets a customer write, and the worker read it.
func (s *stage) writes(name, called, number string) desk.Ref {
	s.T.Helper()
	s.CustomerCalledSays(s.Ours.Channel, number, called, "oi")
	contact, err := s.Store.ContactByKeys(context.Background(), s.Ours.ID, []chat.Key{chat.PhoneKey("+" + number)})
	require.NoError(s.T, err)
	conversation, err := s.Store.ConversationOn(context.Background(), s.Ours.ID, contact.ID, s.Ours.Channel.ID)
	require.NoError(s.T, err)
	s.names[name], s.names[name+".conversation"] = contact.ID, conversation.ID
	return s.work(name)
}

// work lets the worker do what is due for a contact.
func (s *stage) work(name string) desk.Ref {
	s.T.Helper()
	ref := desk.Ref{TenantID: s.Ours.ID, ContactID: s.names[name]}
	require.NoError(s.T, s.worker.Work(context.Background(), ref))
	require.Eventually(s.T, func() bool { return s.worker.Writing() == 0 }, 5*time.Second, time.Millisecond, "the assistant has written")
	return ref
}

// weWrite lets an agent write to a contact, and the worker send it.
func (s *stage) weWrite(name string) {
	s.T.Helper()
	s.Done(202, "POST", "/api/conversations/"+s.names[name+".conversation"]+"/messages", s.Ours.Operator, object{"text": "Segue a proposta."})
	s.work(name)
}

// enters moves a contact into a stage of the funnel.
func (s *stage) enters(name, stage string) {
	s.T.Helper()
	s.Done(200, "PATCH", "/api/contacts/"+s.names[name], s.Ours.Operator, object{"stage": stage})
	s.work(name)
}

// nameFollowUp names the one follow-up that a contact waits for.
func (s *stage) nameFollowUp(name string) {
	s.T.Helper()
	queue := s.Done(200, "GET", "/api/followups/pending?contactId="+s.names[name], s.Ours.Viewer, nil).List()
	require.Len(s.T, queue, 1)
	s.names[name+".followup"] = queue[0].(object)["id"].(string)
}

// history is what has ended, as the API tells it.
func (s *stage) history(query string) []any {
	s.T.Helper()
	return s.Done(200, "GET", "/api/followups/history"+query, s.Ours.Viewer, nil).List()
}

// line is a provider whose webhooks are Meta's. Like the instances of the documents it has no 24 h window, unless it is
// official.
type line struct {
	*meta.Adapter
	mutex    sync.Mutex
	official bool
	sent     []chat.Content
	// next are the provider's ids of the next sends; refuses is what it answers, if anything.
	next    []string
	refuses error
}

// HasWindow tells whether free text may only be sent within 24 hours.
func (l *line) HasWindow() bool { return l.official }

// Send accepts a message, or refuses it.
func (l *line) Send(_ context.Context, _ chat.Channel, message provider.Outgoing) (provider.Receipt, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.refuses != nil {
		return provider.Receipt{}, l.refuses
	}
	l.sent = append(l.sent, message.Content)
	id := "wamid.of." + message.ID
	if len(l.next) > 0 {
		id = l.next[0]
		l.next = l.next[1:]
	}
	return provider.Receipt{ExternalID: id, State: chat.Accepted, Route: message.To}, nil
}

// author is an assistant that writes what its prompt says.
type author struct{}

// Write gives a text at once.
func (author) Write(_ context.Context, job actions.WritingJob) (actions.Written, error) {
	return actions.Written{Text: "written: " + job.Message.Content.Writing.Prompt}, nil
}

// at is a pacer that lets everything through at once.
type at struct{}

// Reserve gives the instant that was asked for.
func (at) Reserve(_ context.Context, limits worker.PaceLimits) worker.PaceSlot {
	return worker.PaceSlot{At: limits.Now}
}

// Release has nothing to give back.
func (at) Release(context.Context, worker.PaceChannel, string, string) {}

// Slow is not needed.
func (at) Slow(context.Context, worker.PaceChannel) {}

// Hold is not needed.
func (at) Hold(context.Context, worker.PaceChannel, string, time.Time, string) {}
func (at) Merged(context.Context, worker.PaceChannel, string)                  {}
