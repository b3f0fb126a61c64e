package people

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// ListeningStore keeps what processes that take webhooks say of themselves.
type ListeningStore interface {
	Listen(ctx context.Context, report desk.ListenerReport) error
	ForgetListeners(ctx context.Context, now time.Time) error
}

// Listening is this process's word on whether it heard all that providers had to tell: what an unconfirmed message is judged by
// on channels that go by evidence (domain.md section 6). It counts in memory and is written down every few seconds: a webhook
// costs no commit more.
type Listening struct {
	Store ListeningStore
	ID    string
	Now   func() time.Time

	mutex sync.Mutex
	since time.Time
	// told is when the last report was written; gap and channels are what happened since.
	told     time.Time
	gap      desk.Gap
	channels map[string]desk.HeardOn
	// confirmed are the newest confirmations of each channel, kept between reports.
	confirmed map[string][]desk.Confirmation
	telling   sync.Mutex
}

// Missed notes that something which a provider wanted to tell may have been missed, on a channel or, where that is not known (its id
// is empty), on any.
func (l *Listening) Missed(tenantID, channelID, reason string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	gap := desk.Gap{At: l.Now(), Reason: reason}
	if channelID == "" {
		l.gap = gap
		return
	}
	l.hear(tenantID, channelID, func(known *desk.HeardOn) { known.Gap = gap })
}

// Confirmed notes messages that were reported as sent.
func (l *Listening) Confirmed(tenantID string, byChannel map[string][]desk.Confirmation) {
	if len(byChannel) == 0 {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for channelID, all := range byChannel {
		l.confirmed[channelID] = desk.Newest(append(slices.Clone(l.confirmed[channelID]), all...))
		l.hear(tenantID, channelID, func(*desk.HeardOn) {})
	}
}

func (l *Listening) hear(tenantID, channelID string, change func(*desk.HeardOn)) {
	known := l.channels[channelID]
	known.TenantID, known.ChannelID = tenantID, channelID
	change(&known)
	l.channels[channelID] = known
}

// NewListening makes the word of a process that is about to take webhooks.
func NewListening(store ListeningStore, now func() time.Time) *Listening {
	return &Listening{
		Store: store, ID: chat.NewID(), Now: now, since: now(), channels: map[string]desk.HeardOn{}, confirmed: map[string][]desk.Confirmation{},
	}
}

// Tell writes down what happened since the last time. What cannot be written is told the next time; a process that told nothing for
// desk.Silence was frozen or cut off, and what it missed meanwhile is a gap.
func (l *Listening) Tell(ctx context.Context) error { return l.tell(ctx, false) }

// Stop tells that this process takes no webhooks any more.
func (l *Listening) Stop(ctx context.Context) error { return l.tell(ctx, true) }

func (l *Listening) tell(ctx context.Context, stopped bool) error {
	l.telling.Lock()
	defer l.telling.Unlock()
	report := l.take(stopped)
	if err := l.Store.Listen(ctx, report); err != nil {
		l.giveBack(report)
		return err
	}
	l.mutex.Lock()
	first := l.told.IsZero()
	l.told = report.At
	l.mutex.Unlock()
	if first {
		return l.Store.ForgetListeners(ctx, report.At)
	}
	return nil
}

// take is everything up to now, which is read before: what happens meanwhile is in the next report.
func (l *Listening) take(stopped bool) desk.ListenerReport {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.Now()
	if !l.told.IsZero() && now.Sub(l.told) >= desk.Silence {
		l.gap = desk.Gap{At: now, Reason: "um processo que recebe webhooks ficou parado ou sem banco de dados"}
	}
	report := desk.ListenerReport{ID: l.ID, Since: l.since, At: now, Stopped: stopped, Gap: l.gap}
	for _, channelID := range slices.Sorted(maps.Keys(l.channels)) {
		heard := l.channels[channelID]
		heard.Confirmed = l.confirmed[channelID]
		report.Channels = append(report.Channels, heard)
	}
	l.gap, l.channels = desk.Gap{}, map[string]desk.HeardOn{}
	return report
}

// giveBack keeps what could not be written for the next report.
func (l *Listening) giveBack(report desk.ListenerReport) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.gap = l.gap.Later(report.Gap)
	for _, heard := range report.Channels {
		l.hear(heard.TenantID, heard.ChannelID, func(known *desk.HeardOn) { known.Gap = known.Gap.Later(heard.Gap) })
	}
}
