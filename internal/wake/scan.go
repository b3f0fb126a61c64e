package wake

import (
	"context"
	"time"

	"retoma/internal/desk"
)

const (
	scanInterval = 2 * time.Second
	scanPatience = 30 * time.Second
	scanPage     = 1000
	scanMost     = 128_000
	// heldTrust is how long a contact that was put off here is believed to have nothing else to do.
	heldTrust = time.Minute
)

// scan takes what is overdue or forgotten straight from SQL: the net under everything else in this package.
func (w *Wake) scan(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, scanPatience)
	defer cancel()
	w.scanContacts(ctx)
	w.scanNotifications(ctx)
}

// scanContacts asks for more as long as what it got is mostly in hand here already: ten thousand contacts that wait for
// their channel's pace must not hide the one that was forgotten.
func (w *Wake) scanContacts(ctx context.Context) {
	for limit := scanPage; limit <= scanMost; limit *= 4 {
		now := w.options.Now()
		refs, err := w.options.Source.Overdue(ctx, now, limit)
		if err != nil {
			w.scanFailed(ctx, err)
			return
		}
		found := 0
		for _, ref := range refs {
			if w.inHand(ref, now) {
				continue
			}
			found++
			w.contacts.wake(ref, rankDue, time.Time{}, nil)
		}
		w.tally.scanFinds.Add(int64(found))
		if len(refs) < limit || found > limit/2 {
			return
		}
	}
}

// inHand tells that this process works on the contact, will do so, or has just put it off.
func (w *Wake) inHand(ref desk.Ref, now time.Time) bool {
	if _, known := w.contacts.known(ref); known {
		return true
	}
	since, held := w.timers.heldSince(ref)
	return held && now.Sub(since) < heldTrust
}

func (w *Wake) scanNotifications(ctx context.Context) {
	ids, err := w.options.Source.OverdueNotifications(ctx, w.options.Now(), scanPage)
	if err != nil {
		w.scanFailed(ctx, err)
		return
	}
	for _, id := range ids {
		ref := desk.Ref{ContactID: id}
		if _, known := w.notices.known(ref); known {
			continue
		}
		w.tally.scanFinds.Add(1)
		w.notices.wake(ref, rankDue, time.Time{}, nil)
	}
}

func (w *Wake) scanFailed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		w.options.Logger.Warn("the scan could not read SQL; the next one tries again", "error", err)
	}
}
