package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// kept is a row of which a test knows whether it may go.
type kept struct {
	table, id string
	age       int // days, and a little
	pending   bool
}

// attic is a store full of old rows, at a stopped clock.
type attic struct {
	store  *store.Store
	tenant string
	now    time.Time
	rows   []kept
	insert [][]any
}

const secretText = "o que ninguem guarda"

// add puts a row of a table into the attic, made age days ago.
func (a *attic) add(table string, age int, pending bool) {
	at := a.now.Add(-time.Duration(age)*24*time.Hour - time.Minute).UnixMilli()
	id := fmt.Sprintf("%08x-%04x-7000-8000-%012x", at>>16, at&0xffff, len(a.rows))
	pick := func(waits, done string) string {
		if pending {
			return waits
		}
		return done
	}
	put := func(text string, args ...any) { a.insert = append(a.insert, append([]any{text}, args...)) }
	log := `{"at":"2026-01-01T00:00:00Z","check":"window","verdict":"go","reason":"` + secretText + `"}` + "\n"
	switch table {
	case "inbox":
		put(`INSERT INTO inbox (id, tenant_id, contact_id, channel_id, external_id, name, number, state, attempts, body, error, received_at)
			VALUES ($1, $2, 'c', 'ch', $1, 'message.received', 1, $3, 0, $4, '', $5)`, id, a.tenant, pick("new", "done"), secretText, at)
	case "rejected":
		put(`INSERT INTO rejected (id, tenant_id, channel_id, reason, raw, received_at, digest) VALUES ($1, $2, 'ch', 'r', $3, $4, $1)`, id, a.tenant, secretText, at)
	case "messages":
		put(`INSERT INTO messages (id, tenant_id, contact_id, conversation_id, channel_id, direction, origin, external_id, state, content, fallback, reply_to,
			transactional, run_id, node_id, followup_id, attempts, error_code, error_detail, category, best_before, claim_number, created_at, at, sent_at,
			delivered_at, read_at, failed_at, log) VALUES ($1, $2, 'c', 'v', 'ch', 'out', 'api', $1, $3, $4, '', '', FALSE, '', '', '', 0, '', '', '', 0, 0, $5, $5, 0, 0, 0, 0, $6)`,
			id, a.tenant, pick("unconfirmed", "sent"), `{"type":"text","text":"`+secretText+`"}`, at, log)
	case "runs":
		put(`INSERT INTO runs (id, tenant_id, flow_id, version, contact_id, conversation_id, channel_id, run_group, state, reason, node, body, followup_id,
			wake_at, wake_token, armed, refresh, started_at, ended_at, log) VALUES ($1, $2, 'f', 1, 'c', 'v', 'ch', '', $3, '', 'n', $4, '', 0, 0, 0, 0, $5, $6, $7)`,
			id, a.tenant, pick("waiting", "finished"), `{"vars":{"a":"`+secretText+`"}}`, at, map[bool]int64{false: at}[pending], log)
	case "followups":
		put(`INSERT INTO followups (id, tenant_id, run_id, flow_id, node_id, contact_id, conversation_id, channel_id, state, attempt, due_at, revision,
			message_id, sent_at, cancelled_at, cancel_reason, responded_at, failed_at, error_code, created_at, log)
			VALUES ($1, $2, $1, 'f', 'n', 'c', 'v', 'ch', $3, 1, $4, 1, '', $4, 0, '', 0, 0, '', $4, $5)`, id, a.tenant, pick("PENDING", "SENT"), at, log)
	case "media":
		put(`INSERT INTO media (id, tenant_id, channel_id, message_id, kind, state, mime, size, sha256, file_name, source, problem, attempts, tries, due_at,
			created_at, kept_at) VALUES ($1, $2, 'ch', $1, 'image', $3, '', 1, $1, $4, '{}', '', 0, 0, 0, $5, $5)`, id, a.tenant, pick("fetching", "kept"), secretText, at)
		put("INSERT INTO blobs (tenant_id, sha256, size, state, used_at) VALUES ($1, $2, 1, 'kept', $3)", a.tenant, id, at)
	case "assistant_memory":
		put(`INSERT INTO assistant_memory (id, tenant_id, conversation_id, assistant_id, role, text, created_at) VALUES ($1, $2, 'v', 'a', 'user', $3, $4)`,
			id, a.tenant, secretText, at)
	case "notifications":
		put(`INSERT INTO notifications (id, tenant_id, kind, body, state, attempts, due_at, error, created_at, sent_at) VALUES ($1, $2, 'k', $3, $4, 0, 0, '', $5, 0)`,
			id, a.tenant, `{"text":"`+secretText+`"}`, pick("pending", "sent"), at)
	case "outgoing_events":
		put(`INSERT INTO outgoing_events (id, tenant_id, contact_id, event, sequence, at, body, created_at) VALUES ($1, $2, 'c', 'optout', 1, $4, $3, $4)`, id, a.tenant, secretText, at)
		put(`INSERT INTO deliveries (id, tenant_id, subscription_id, event_id, sequence, contact_id, state, attempts, since, due_at, status, error, created_at,
			ended_at) VALUES ($1, $2, 's', $1, 1, 'c', $3, 0, $4, $4, 0, '', $4, $4)`, id, a.tenant, pick("pending", "delivered"), at)
	}
	a.rows = append(a.rows, kept{table, id, age, pending})
}

func atticTables() []string {
	return []string{"inbox", "rejected", "messages", "runs", "followups", "media", "assistant_memory", "notifications", "outgoing_events"}
}

// neverPends are the tables whose rows wait for nothing.
func neverPends(table string) bool { return table == "rejected" || table == "assistant_memory" }

// daysFor is the oracle: the days that a tenant said for a table; 0 is for ever.
func daysFor(table string, said map[string]*int) int {
	of := func(name string, byDefault int) int {
		if said[name] == nil {
			return byDefault
		}
		return *said[name]
	}
	switch table {
	case "inbox", "rejected":
		webhooks, messages := of("webhooks", 30), of("messages", 0)
		if messages > 0 && (webhooks == 0 || messages < webhooks) {
			return messages
		}
		return webhooks
	case "messages":
		return of("messages", 0)
	case "media":
		return of("files", 0)
	case "assistant_memory":
		return of("memory", 0)
	case "notifications":
		return of("notifications", 365)
	case "outgoing_events":
		return of("deliveries", 0)
	}
	return of("logs", 365)
}

func retentionOf(said map[string]*int) chat.Retention {
	return chat.Retention{Webhooks: said["webhooks"], Messages: said["messages"], Logs: said["logs"], Files: said["files"], Memory: said["memory"],
		Deliveries: said["deliveries"], Notifications: said["notifications"]}
}

// TestWhatIsTooOldGoesAndNothingElse draws what tenants say and what there is, sweeps, and looks at every row: nothing younger and
// nothing that is pending is touched, everything older has lost what it said, and rows that are counted are still there.
func TestWhatIsTooOldGoesAndNothingElse(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: func() time.Time { return now }})
			rapid.Check(t, func(r *rapid.T) {
				ctx := context.Background()
				said := map[string]*int{}
				for _, name := range []string{"webhooks", "messages", "logs", "files", "memory", "deliveries", "notifications"} {
					if days := rapid.SampledFrom([]int{-1, 0, 1, 7, 30, 200}).Draw(r, name); days >= 0 {
						said[name] = &days
					}
				}
				a := &attic{store: s, tenant: chat.NewID(), now: now}
				require.NoError(r, s.CreateTenant(ctx, chat.Tenant{ID: a.tenant, Name: "Loja", Settings: chat.Settings{Retention: retentionOf(said)}}))
				for range rapid.IntRange(1, 12).Draw(r, "rows") {
					table := rapid.SampledFrom(atticTables()).Draw(r, "table")
					a.add(table, rapid.SampledFrom([]int{0, 2, 8, 31, 100, 400}).Draw(r, "age"), !neverPends(table) && rapid.IntRange(0, 3).Draw(r, "pending") == 0)
				}
				require.NoError(r, store.Execute(ctx, s, a.insert...))
				sweeper := s.NewRetention("one", 0, 0)
				_, err := sweeper.Sweep(ctx, now)
				require.NoError(r, err)
				a.check(r, said)
				removed, err := sweeper.Sweep(ctx, now)
				require.NoError(r, err)
				require.Empty(r, removed, "a second sweep finds nothing")
				require.NoError(r, store.Execute(ctx, s, cleaning()...))
			})
		})
	}
}

func cleaning() [][]any {
	var all [][]any
	for _, table := range append(atticTables(), "blobs", "deliveries", "tenants", "tally_deltas") {
		all = append(all, []any{"DELETE FROM " + table})
	}
	return all
}

// check looks at every row of the attic.
func (a *attic) check(t require.TestingT, said map[string]*int) {
	all, err := store.Snapshot(context.Background(), a.store)
	require.NoError(t, err)
	for _, one := range a.rows {
		at := slices.IndexFunc(all[one.table], func(row string) bool { return strings.Contains(row, one.id) })
		there := at >= 0
		says := there && strings.Contains(all[one.table][at], secretText)
		days := daysFor(one.table, said)
		old := days > 0 && one.age >= days && !one.pending
		name := fmt.Sprintf("%s of %d days, pending %v, kept for %d", one.table, one.age, one.pending, days)
		switch one.table {
		case "messages": // its content and its log go by different settings
			content, log := strings.Contains(all[one.table][at], `"text\":\"`+secretText), strings.Contains(all[one.table][at], `reason\":\"`+secretText)
			logs := daysFor("runs", said)
			require.Equal(t, !old, content, name)
			require.Equal(t, !(logs > 0 && one.age >= logs && !one.pending), log, name)
		case "runs", "followups":
			require.True(t, there, "%s is counted", name)
			require.Equal(t, !old, says, name)
		case "inbox", "rejected":
			require.Equal(t, !old, says, name)
			known := !old || one.age < 30
			require.Equal(t, known, there, "%s: what tells a repeated webhook from a new one", name)
		default:
			require.Equal(t, !old, there, name)
		}
	}
}

func TestARepeatedWebhookIsKnownAfterItsBodyIsGone(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			now := time.Now()
			clock := storetest.NewClock(now)
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: clock.Now})
			tenant, channel := storetest.Tenant(t, s)
			one := 1
			_, err := s.ChangeTenant(t.Context(), tenant.ID, func(t *chat.Tenant) error {
				t.Settings.Retention = chat.Retention{Webhooks: &one}
				return nil
			})
			require.NoError(t, err)
			shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
			arrival := shop.message("+5511999990001")
			who := receiveOf(t, s, arrival)
			sweeper := s.NewRetention("one", 0, 0)
			now = clock.Set(now.Add(8 * 24 * time.Hour))
			removed, err := sweeper.Sweep(t.Context(), now)
			require.NoError(t, err)
			require.Empty(t, removed, "unread mail is never too old")
			shop.drain(who.ContactID)
			removed, err = sweeper.Sweep(t.Context(), now)
			require.NoError(t, err)
			require.Equal(t, store.Removed{"webhooks": 1}, removed)
			require.NotContains(t, fmt.Sprint(found(t, s, []string{"oi 1"})), "inbox")
			again := receiveOf(t, s, arrival)
			require.True(t, again.Duplicate)
			require.Equal(t, who.EventID, again.EventID)
		})
	}
}

func TestOneProcessSweepsAtATime(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			now := time.Now()
			clock := storetest.NewClock(now)
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: clock.Now})
			for _, taken := range []struct {
				owner string
				after time.Duration
				mine  bool
			}{{"a", 0, true}, {"b", time.Minute, false}, {"a", time.Minute, true}, {"b", 5 * time.Minute, false}, {"b", 20 * time.Minute, true}, {"a", time.Second, false}} {
				now = clock.Set(now.Add(taken.after))
				mine, err := store.TakeLease(t.Context(), s, "lease.retention", taken.owner, now)
				require.NoError(t, err)
				require.Equal(t, taken.mine, mine, "%s after %s", taken.owner, taken.after)
			}
			a := &attic{store: s, tenant: chat.NewID(), now: now}
			one := 1
			require.NoError(t, s.CreateTenant(t.Context(), chat.Tenant{ID: a.tenant, Name: "Loja", Settings: chat.Settings{Retention: chat.Retention{Memory: &one}}}))
			a.add("assistant_memory", 10, false)
			require.NoError(t, store.Execute(t.Context(), s, a.insert...))
			removed, err := s.NewRetention("c", 0, 3*time.Hour).Sweep(t.Context(), now)
			require.NoError(t, err)
			require.Empty(t, removed, "b has the lease")
			now = clock.Set(now.Add(time.Hour))
			removed, err = s.NewRetention("c", 0, 3*time.Hour).Sweep(t.Context(), now)
			require.NoError(t, err)
			require.Equal(t, store.Removed{"memory": 1}, removed)
			for _, later := range []struct {
				after time.Duration
				swept bool
			}{{2 * time.Hour, false}, {2 * time.Hour, true}} {
				now = clock.Set(now.Add(later.after))
				removed, err = s.NewRetention("d", 0, 3*time.Hour).Sweep(t.Context(), now)
				require.NoError(t, err)
				require.Equal(t, later.swept, removed != nil, "the next sweep begins three hours after the last")
			}
		})
	}
}

// What is taken in small pieces is taken whole, across pages and when it is broken off.
func TestASweepGoesThroughManyPagesAndCanBeBrokenOff(t *testing.T) {
	now := time.Now()
	commits, stopAt := 0, 0
	ctx, cancel := context.WithCancel(t.Context())
	s := storetest.Open(t, store.Options{Address: storetest.Address(t, "sqlite"), Now: func() time.Time { return now }, Committed: func(point string) {
		if point == "retention" {
			if commits++; commits == stopAt {
				cancel()
			}
		}
	}})
	one := 1
	a := &attic{store: s, tenant: chat.NewID(), now: now}
	require.NoError(t, s.CreateTenant(ctx, chat.Tenant{ID: a.tenant, Name: "Loja", Settings: chat.Settings{Retention: chat.Retention{Messages: &one}}}))
	for i := range 1300 {
		a.add("messages", 2+i%3, i%100 == 0)
	}
	slices.SortFunc(a.insert, func(x, y []any) int { return strings.Compare(x[1].(string), y[1].(string)) })
	require.NoError(t, store.Execute(ctx, s, a.insert...))
	stopAt = 2
	sweeper := s.NewRetention("one", 0, 0)
	removed, err := sweeper.Sweep(ctx, now)
	require.Error(t, err, "it was broken off")
	first := removed["messages"]
	require.Positive(t, first)
	require.Less(t, first, int64(1287))
	rest, err := sweeper.Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, int64(1287), first+rest["messages"])
	a.check(t, map[string]*int{"messages": &one})
}
