package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // the example of the Standard Webhooks specification

// world is the store, the clock and the log of a test.
type world struct {
	mu       sync.Mutex
	now      time.Time
	rows     map[string]*row
	tenants  map[string]chat.Tenant
	broken   error // what every call of the store fails with
	problems int   // how often a problem text was read
	written  bytes.Buffer
}

// row is a stored notification as internal/store keeps it.
type row struct {
	notification desk.Notification
	problem      string
	ends         int
}

func newWorld(targets chat.Notify) *world {
	return &world{
		now:     time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC),
		tenants: map[string]chat.Tenant{"t1": {ID: "t1", Name: "Ótica Boa Vista", Settings: chat.Settings{Notify: targets}}},
		rows: map[string]*row{"n1": {notification: desk.Notification{
			ID: "n1", TenantID: "t1", State: statePending, Kind: "send.failed", Title: "Falha no envio", Text: "Uma mensagem não foi enviada.",
			Data: map[string]any{"messageId": "m1", "code": "auth"},
			At:   time.Date(2026, 3, 10, 11, 59, 0, 0, time.UTC), DueAt: time.Date(2026, 3, 10, 11, 59, 0, 0, time.UTC),
		}}},
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) row(id string) row {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.rows[id]
}

func (w *world) ClaimNotification(_ context.Context, id string, now time.Time, lease time.Duration) (desk.Notification, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found, exists := w.rows[id]
	if w.broken != nil || !exists || found.notification.State != statePending || found.notification.DueAt.After(now) {
		return desk.Notification{}, false, w.broken
	}
	found.notification.DueAt = now.Add(lease)
	found.notification.Attempts++
	return found.notification, true, nil
}

func (w *world) NotificationProblem(_ context.Context, id string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems++
	return w.rows[id].problem, w.broken
}

func (w *world) EndNotification(ctx context.Context, id, state, problem string, dueAt time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(ctx.Err(), w.broken); err != nil {
		return err
	}
	found := w.rows[id]
	found.notification.State, found.problem, found.notification.DueAt = state, problem, dueAt
	found.ends++
	return nil
}

func (w *world) Tenant(_ context.Context, id string) (chat.Tenant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	tenant, exists := w.tenants[id]
	if !exists {
		return tenant, fault.New(fault.NotFound, "Empresa não encontrada")
	}
	return tenant, w.broken
}

// Write takes the log.
func (w *world) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written.Write(text)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written.String()
}

func (w *world) notifier(change ...func(*Options)) *Notifier {
	o := Options{Store: w, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w, nil))}
	for _, each := range change {
		each(&o)
	}
	return New(o)
}

// receiver is a webhook's other side: it keeps what it got and answers what it is told to.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int // answers in turn; the last repeats; none: 200
	requests []received
}

type received struct {
	header http.Header
	path   string
	body   []byte
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, received{header: request.Header.Clone(), path: request.URL.Path, body: body})
	if len(r.statuses) == 0 {
		return
	}
	w.WriteHeader(r.statuses[min(len(r.requests), len(r.statuses))-1])
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.requests...)
}
