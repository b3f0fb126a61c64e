package store

import (
	"context"
	"time"
)

// repeatedFor is for how long a webhook may be repeated, with room to spare: Meta repeats one for seven days.
const repeatedFor = 30 * 24 * time.Hour

// promptly is how soon an event comes that comes for the first time. What is later may be a repetition.
const promptly = time.Minute

// eventDigest is what stays of an event's id at the provider.
func (s *Store) eventDigest(channelID, externalID string) string {
	return s.digest("event", channelID, externalID)
}

// forgetEvent remembers that an event of somebody who is erased was here.
func (s *Store) forgetEvent(work *batch, channelID, externalID string) {
	if externalID != "" {
		work.exec("INSERT INTO erased_events (channel_id, digest, erased_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			channelID, s.eventDigest(channelID, externalID), millis(s.now()))
	}
}

// knowErased finds what is repeated of people who were erased and have written anew since: it says nothing of them now. Only late
// events are asked about, so that talk costs nothing; those of strangers are looked at where somebody new is made.
func (g *reception) knowErased(ctx context.Context, tx transaction) error {
	for _, one := range g.entries {
		one.to.Duplicate = one.to.Duplicate || g.erased[one.name()]
	}
	var work batch
	g.readErased(&work, func(one *entry) bool {
		at := one.arrival.Event.At
		return !at.IsZero() && g.now.Sub(at) > promptly && (one.arrival.ContactID != "" || g.firstOwner(one.arrival) != nil)
	}, func(one *entry) { one.to.Duplicate = true })
	if work.empty() {
		return nil
	}
	return tx.run(ctx, &work)
}

// readErased asks which of some events came before from people who were erased.
func (g *reception) readErased(work *batch, wanted func(*entry) bool, found func(*entry)) {
	rows := newTable("n bigint", "channel_id text", "digest text")
	for n, one := range g.entries {
		if id := one.arrival.Event.ExternalID; id != "" && !one.to.Duplicate && wanted(one) {
			rows.add(n, one.arrival.ChannelID, g.store.eventDigest(one.arrival.ChannelID, id))
		}
	}
	work.read(rows, func(row scanner) error {
		var n int
		err := row.Scan(&n)
		found(g.entries[n])
		return err
	}, "SELECT v.n FROM {v,} erased_events e WHERE e.channel_id = v.channel_id AND e.digest = v.digest")
}

// name is under what the event is known.
func (e *entry) name() eventName { return eventName{e.arrival.ChannelID, e.arrival.Event.ExternalID} }

type eventName struct{ channelID, externalID string }
