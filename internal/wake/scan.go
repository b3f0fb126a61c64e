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
	// scanRounds bounds how often one scan leaves tenants out, and deepEvery is every which scan looks behind what is in hand.
	scanRounds = 8
	deepEvery  = 10
	// heldTrust is how long a contact that was put off here is believed to have nothing else to do.
	heldTrust = time.Minute
	// heldEasily is how many such contacts are looked at again in that time; with more of them it takes longer, or looking would be all
	// that is done.
	heldEasily = 1000
)

// scan takes what is overdue or forgotten straight from SQL: the net under everything else in this package.
func (w *Wake) scan(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, scanPatience)
	defer cancel()
	w.scanContacts(ctx)
	w.scanNotifications(ctx)
}

// scanContacts looks at what is overdue longest. A tenant who fills a page is left out of the next one, so that whoever stands behind
// fifty thousand of theirs is found in this scan and not in the fiftieth.
func (w *Wake) scanContacts(ctx context.Context) {
	var except []string
	for range scanRounds {
		refs, _, ok := w.scanOnce(ctx, scanPage, except...)
		if !ok || len(refs) < scanPage {
			break
		}
		crowding := crowdingIn(refs)
		if len(crowding) == 0 {
			break
		}
		except = append(except, crowding...)
	}
	if w.scans%deepEvery == 0 {
		w.scanDeep(ctx)
	}
	w.scans++
}

// crowdingIn are the tenants that have an eighth of a page or more.
func crowdingIn(refs []desk.Ref) []string {
	counts := map[string]int{}
	var tenants []string
	for _, ref := range refs {
		if counts[ref.TenantID]++; counts[ref.TenantID] == len(refs)/8 {
			tenants = append(tenants, ref.TenantID)
		}
	}
	return tenants
}

// scanDeep asks for more as long as what it got is mostly in hand here already: ten thousand contacts that wait for
// their channel's pace must not hide the one of the same tenant that was forgotten.
func (w *Wake) scanDeep(ctx context.Context) {
	for limit := scanPage; limit <= scanMost; limit *= 4 {
		refs, found, ok := w.scanOnce(ctx, limit)
		if !ok || len(refs) < limit || found > limit/2 {
			return
		}
	}
}

// scanOnce wakes what of a page is not in hand, and tells how many those were.
func (w *Wake) scanOnce(ctx context.Context, limit int, except ...string) (refs []desk.Ref, found int, ok bool) {
	now := w.options.Now()
	refs, err := w.options.Source.Overdue(ctx, now, limit, except...)
	if err != nil {
		w.scanFailed(ctx, err)
		return nil, 0, false
	}
	for _, ref := range refs {
		if w.inHand(ref, now) {
			continue
		}
		found++
		w.contacts.wake(ref, rankDue, time.Time{}, nil)
	}
	w.tally.scanFinds.Add(int64(found))
	return refs, found, true
}

// inHand tells that this process works on the contact, will do so, or has just put it off.
func (w *Wake) inHand(ref desk.Ref, now time.Time) bool {
	if _, known := w.contacts.known(ref); known {
		return true
	}
	since, held, all := w.timers.heldSince(ref)
	return held && now.Sub(since) < heldTrust*time.Duration(1+all/heldEasily)
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
