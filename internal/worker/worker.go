package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/trace"
)

// Store is what the worker needs of SQL.
type Store interface {
	Work(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome, decide desk.Decide) (desk.Worked, error)
	Setup(ctx context.Context, tenantID string) (*desk.Setup, error)
	DocumentVersion(ctx context.Context, tenantID, id string, version int) (flows.Document, error)
	// KeepWriting says that assistants still write these messages.
	KeepWriting(ctx context.Context, ids []string) error
	// Message is a message as it is stored; what it was made of never changes.
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	// Listeners are the processes that took webhooks at an instant or later, with what they heard on a channel.
	Listeners(ctx context.Context, tenantID, channelID string, since time.Time) ([]desk.Listener, error)
	// Troubles are what refusals said before and nobody has acted on; ApplyTrouble does, and gives the notifications to deliver.
	Troubles(ctx context.Context, before time.Time, limit int) ([]desk.Trouble, error)
	ApplyTrouble(ctx context.Context, trouble desk.Trouble) (notifications []string, err error)
	MailFailed(ctx context.Context, event chat.Event, problem string) (quarantined bool, err error)
	// Merge makes two contacts one.
	Merge(ctx context.Context, wanted desk.Merge) (desk.Merged, error)
}

// Compiler turns documents into flows.
type Compiler interface {
	Compile(document flows.Document) (*flows.Flow, error)
}

// Waker is told about due times after a commit. None of its methods blocks or fails.
type Waker interface {
	At(alarm desk.Alarm)
	Later(ref desk.Ref, at time.Time)
	Notification(id string)
}

// Pacer gives each message the instant at which it may go out.
type Pacer interface {
	Reserve(ctx context.Context, limits PaceLimits) PaceSlot
	// Hold lets nothing go to a contact on a channel before an instant; to nobody on the channel where contactID is empty.
	// The zero time ends the hold of a contact. Why is what those are told who ask what waits.
	Hold(ctx context.Context, channel PaceChannel, contactID string, until time.Time, why string)
	// Merged tells that what went to somebody else on the channel went to this contact.
	Merged(ctx context.Context, channel PaceChannel, contactID string)
	// Slow halves the channel's rate, which then comes back by itself.
	Slow(ctx context.Context, channel PaceChannel)
	// Release gives back the slot of a message that will not be sent.
	Release(ctx context.Context, channel PaceChannel, contactID, messageID string)
}

// PaceChannel is a channel, and those whose people of the day are counted together with its own.
type PaceChannel struct{ TenantID, Portfolio, ID string }

// PaceLimits is a message and the limits that hold for it.
type PaceLimits struct {
	Channel              PaceChannel
	ContactID, MessageID string
	PerSecond            int
	PairEvery            time.Duration
	// Urgent messages answer somebody who is waiting: they do not stand behind follow-ups that reserved before them.
	Urgent bool
	// LastSent is when the provider last took a message to the contact on the channel; zero: never.
	LastSent time.Time
	// Answers tells that the message belongs to a talk: several may go to one contact at once.
	Answers bool
	// Begins tells that the message begins a talk; People is with how many that may be done in 24 hours (0: no limit).
	Begins bool
	People int
	// Privileged messages may use what of People is kept for them.
	Privileged bool
	// Waits tells that the message stands in line where the people of the day are used up.
	Waits bool
	Now   time.Time
}

// PaceSlot is when a message may go: now or earlier, or the time to ask again.
type PaceSlot struct {
	At time.Time
	// Full tells that the people of the day are used up, and Used how many they are.
	Full bool
	Used int
}

// Options are the worker's parts.
type Options struct {
	Store     Store
	Compiler  Compiler
	Waker     Waker
	Pacer     Pacer
	Providers map[string]provider.Provider
	// Writer lets assistants write; nil: this installation has none.
	Writer Writer
	// Files hands files of ours to providers; nil: this installation keeps none.
	Files   Files
	Horizon func() time.Duration
	// SendLimit bounds one call to a provider; it must be well under the lease of a claim.
	SendLimit time.Duration
	Lease     time.Duration
	Now       func() time.Time
	Logger    *slog.Logger
	Observe   func(Observation)
	// Trace follows what is done; nil follows nothing.
	Trace *trace.Tracer
}

// Worker works on contacts. It is safe for concurrent use.
type Worker struct {
	Options
	setups  *setups
	writing *pool
}

// New makes a worker.
func New(o Options) *Worker {
	if o.SendLimit == 0 {
		o.SendLimit = 20 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	return &Worker{Options: o, setups: newSetups(o.Store, o.Compiler, o.Logger), writing: newPool()}
}

// busyPause is how long a contact waits that somebody else works on.
const busyPause = 20 * time.Millisecond

// mailPause is how long a contact waits whose mail could not be handled.
const mailPause = time.Second

// Work does everything that is due for a contact, until nothing is. Sends happen between two transactions: the first
// claims them, the second notes what came of them.
func (w *Worker) Work(ctx context.Context, ref desk.Ref) error { return w.work(ctx, ref, nil) }

// work begins with what sends or assistants came to.
func (w *Worker) work(ctx context.Context, ref desk.Ref, outcomes []desk.Outcome) error {
	// What was sent must be noted, whoever has stopped waiting for it.
	noting := context.WithoutCancel(ctx)
	tries := 0
	settled := map[string]bool{}
	for {
		p := &pass{worker: w, settled: settled}
		during := ctx
		if len(outcomes) > 0 {
			during = noting
		}
		worked, err := w.Store.Work(during, ref, outcomes, p.decide)
		if err != nil || worked.Busy || worked.Gone {
			w.dropWritings(ref.TenantID, p.writings)
		}
		merged, err := w.mergeIfWished(during, err, settled)
		if merged {
			continue
		}
		if err != nil {
			if err = w.failed(during, ref, err); len(outcomes) == 0 || err != nil && !w.noteAgain(&tries) {
				return err
			}
			continue
		}
		if worked.Busy && len(outcomes) > 0 && w.noteAgain(&tries) {
			continue
		}
		if worked.Busy {
			w.Waker.Later(ref, w.Now().Add(busyPause))
			return nil
		}
		if worked.Gone {
			return nil
		}
		ref.ContactID = worked.Desk.Contact.ID // it may have become another one
		w.committed(ctx, ref, worked.Desk, p)
		if len(worked.Desk.Changes.Claims) == 0 {
			if p.more {
				outcomes = nil
				continue
			}
			return nil
		}
		outcomes = w.sendAll(ctx, worked.Desk, p)
	}
}

// noteTries is how often noting an outcome is tried: together the pauses stay well within the claim's lease, after which
// the send would be in doubt.
const noteTries = 7

// noteAgain waits a little before an outcome is noted again, because the database may come back.
func (w *Worker) noteAgain(tries *int) bool {
	*tries++
	if *tries > noteTries {
		return false
	}
	time.Sleep(50 * time.Millisecond << *tries)
	return true
}

// failed looks at an error of a pass. Mail that cannot be handled is counted, and quarantined in the end.
func (w *Worker) failed(ctx context.Context, ref desk.Ref, err error) error {
	var broken *mailError
	if !errors.As(err, &broken) {
		return fmt.Errorf("working on a contact: %w", err)
	}
	quarantined, noted := w.Store.MailFailed(ctx, broken.event, broken.cause.Error())
	w.Logger.Error("an event could not be handled", "tenant", ref.TenantID, "event", broken.event.ID, "name", broken.event.Name,
		"quarantined", quarantined, "error", broken.cause)
	outcome := "failed"
	if quarantined {
		outcome = "quarantined"
	}
	w.Observe(Observation{Name: SawMail, Outcome: outcome, Detail: eventLabel(broken.event.Name), Seconds: max(w.Now().Sub(broken.event.ReceivedAt).Seconds(), 0)})
	if noted != nil {
		return noted
	}
	if quarantined {
		w.Waker.Later(ref, w.Now())
	} else {
		w.Waker.Later(ref, w.Now().Add(mailPause))
	}
	return nil
}

// committed tells the alarms what has become due, now that it is written down.
func (w *Worker) committed(ctx context.Context, ref desk.Ref, d *desk.Desk, p *pass) {
	w.report(d, p)
	for _, alarm := range d.RunAlarms() {
		w.Waker.At(alarm)
	}
	for _, items := range [][]desk.Item{d.Changes.Items, d.Changes.NewItems} {
		for _, item := range items {
			if item.State == desk.ItemPending && item.DueAt.After(d.Now) && !item.DueAt.After(d.Horizon) {
				w.Waker.At(desk.Alarm{Kind: desk.AlarmItem, ID: item.ID, Token: item.DueAt.UnixMilli(), Ref: ref, At: item.DueAt})
			}
		}
	}
	for _, task := range p.writings {
		w.startWriting(ref, task)
	}
	for _, notification := range d.Changes.Notifications {
		w.Waker.Notification(notification.ID)
	}
	for _, trouble := range d.Changes.Troubles {
		w.settle(ctx, trouble)
	}
	for _, message := range p.cancelled {
		w.Pacer.Release(ctx, paceChannel(p.setup.Channels[message.ChannelID], message), message.ContactID, message.ID)
	}
	if !p.again.IsZero() {
		w.Waker.Later(ref, p.again)
	}
}

// sendAll sends what was claimed, one after another.
func (w *Worker) sendAll(ctx context.Context, d *desk.Desk, p *pass) []desk.Outcome {
	outcomes := make([]desk.Outcome, 0, len(d.Changes.Claims))
	for _, id := range d.Changes.Claims {
		item, ok := d.Item(id)
		if !ok {
			continue
		}
		outcomes = append(outcomes, w.send(ctx, d, p, item))
	}
	return outcomes
}

func (w *Worker) send(ctx context.Context, d *desk.Desk, p *pass, item desk.Item) desk.Outcome {
	outcome := desk.Outcome{ItemID: item.ID}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.SendLimit)
	defer cancel()
	ctx, span := w.Trace.Start(ctx, item.Message.Content.Trace, trace.Client, "send", "retoma.tenant", d.Contact.TenantID, "retoma.message", item.ID,
		"retoma.channel", item.Message.ChannelID, "retoma.followup", item.Message.FollowUpID, "retoma.run", item.Message.RunID, "retoma.attempt", item.Attempts+1)
	began := w.Now()
	action, known := actions.Find(item.Action)
	if !known {
		outcome.Error = fmt.Errorf("no action %q", item.Action)
	} else {
		var result actions.Result
		result, outcome.Error = action.Perform(ctx, p.call(d, item.Message))
		outcome.ExternalID, outcome.Route, outcome.State = result.Receipt.ExternalID, result.Receipt.Route, result.Receipt.State
	}
	outcome.At = w.Now()
	took := outcome.At.Sub(began)
	span.End(failureName(outcome.Error))
	outcome.Log = []chat.LogEntry{providerEntry(outcome, took)}
	w.Observe(Observation{Name: SawSend, Outcome: outcomeName(outcome.Error), Detail: scopeOf(outcome.Error), Seconds: took.Seconds()})
	w.Logger.Info("message sent to provider", "tenant", d.Contact.TenantID, "message", item.ID, "channel", item.Message.ChannelID,
		"followup", item.Message.FollowUpID, "run", item.Message.RunID, "origin", item.Message.Origin, "outcome", outcomeName(outcome.Error),
		"attempt", item.Attempts+1, "ms", took.Milliseconds(), "late_ms", began.Sub(item.DueAt).Milliseconds(), "trace", trace.ID(item.Message.Content.Trace))
	return outcome
}
