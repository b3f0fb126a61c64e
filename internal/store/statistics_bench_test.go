package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// The company of the benchmarks: a year of follow-ups.
const (
	manyFollowUps = 1_000_000
	manyPeople    = 100_000
	manyRules     = 25
)

// company is a tenant with a million follow-ups in PostgreSQL.
type company struct {
	store  *store.Store
	sql    *pgx.Conn
	tenant chat.Tenant
	rules  []string
	zone   *time.Location
	now    time.Time
}

// newCompany fills the tables by SQL, triggers included: every state, sends of the last 366 days, pending of the next 30.
func newCompany(b *testing.B) *company {
	if os.Getenv(storetest.PostgresVariable) == "" {
		b.Fatalf("set %s: these figures are PostgreSQL's", storetest.PostgresVariable)
	}
	ctx := context.Background()
	address := storetest.Address(b, "postgres")
	c := &company{store: storetest.Open(b, store.Options{Address: address}), now: time.Now().UTC()}
	var err error
	c.sql, err = pgx.Connect(ctx, address)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, c.sql.Close(ctx)) })
	c.tenant, _ = storetest.Tenant(b, c.store)
	c.zone, err = calendar.Zone("America/Sao_Paulo")
	require.NoError(b, err)
	for i := range manyRules {
		made, err := c.store.CreateDocument(ctx, flows.Document{
			ID: chat.NewID(), TenantID: c.tenant.ID, Kind: flows.RuleDocument, Name: fmt.Sprintf("Regra %d", i+1), Active: true, Body: json.RawMessage(`{}`),
		})
		require.NoError(b, err)
		c.rules = append(c.rules, made.ID)
	}
	c.fill(b)
	return c
}

func (c *company) fill(b *testing.B) {
	id := func(kind int, number string) string {
		return fmt.Sprintf("'0190a000-0000-7%03d-8000-' || lpad(to_hex(%s), 12, '0')", kind, number)
	}
	c.run(b, "people", `INSERT INTO contacts (id, tenant_id, number, name, phone, route, timezone, tags, stage, status, fields, opt_out, opt_out_at,
		last_followup_id, last_followup_at, created_at, updated_at)
		SELECT `+id(1, "n")+`, $1, n, 'Pessoa ' || n, '+5511' || (900000000 + n), '', '', '[]', '', '', '{}', '', 0, '', 0, 1, 1
		FROM generate_series(1, $2::int) n`, c.tenant.ID, manyPeople)
	c.run(b, "conversations", `INSERT INTO conversations (id, tenant_id, number, contact_id, channel_id, team_id, customer_at, window_closed_at, outbound_at,
		agent_at, held_until, created_at)
		SELECT `+id(2, "n")+`, $1, n, `+id(1, "n")+`, 'channel', '', 1700000000000 + n, 0, 1700000000000, 0, 0, 1 FROM generate_series(1, $2::int) n`,
		c.tenant.ID, manyPeople)
	c.run(b, "a million follow-ups, counted by triggers", `INSERT INTO followups (id, tenant_id, run_id, flow_id, node_id, contact_id, conversation_id, channel_id, state, attempt,
		due_at, revision, message_id, sent_at, cancelled_at, cancel_reason, responded_at, failed_at, error_code, created_at, log)
		SELECT `+id(3, "n")+`, $1, `+id(4, "n")+`, ($2::text[])[1 + floor(random() * random() * cardinality($2::text[]))::int], 'attempt-1', `+id(1, "who")+`, `+id(2, "who")+`, 'channel', state, 1,
		CASE WHEN state = 'PENDING' THEN $3 + (random() * 30 * 86400000)::bigint ELSE ago END, 1, '',
		CASE WHEN state = 'SENT' THEN ago ELSE 0 END, CASE WHEN state IN ('CANCELLED', 'RESPONDED') THEN ago ELSE 0 END, '',
		CASE WHEN state = 'SENT' AND random() < 0.4 THEN ago + (random() * 86400000)::bigint ELSE 0 END,
		CASE WHEN state = 'FAILED' THEN ago ELSE 0 END, '', ago, repeat('{"check":"window","verdict":"go"}' || chr(10), 6)
		FROM (SELECT n, 1 + (random() * ($4 - 1))::int AS who, $3 - (random() * 366 * 86400000)::bigint AS ago,
			CASE WHEN n % 20 = 0 THEN 'PENDING' WHEN n % 20 < 14 THEN 'SENT' WHEN n % 20 = 14 THEN 'FAILED' WHEN n % 20 < 18 THEN 'CANCELLED' ELSE 'RESPONDED' END AS state
			FROM generate_series(1, $5::int) n) AS made`, c.tenant.ID, c.rules, c.now.UnixMilli(), manyPeople, manyFollowUps)
	began, folds := time.Now(), 0
	for {
		_, more, err := c.store.Fold(context.Background())
		require.NoError(b, err)
		folds++
		if !more {
			break
		}
	}
	b.Logf("folded in %d transactions, %s in all", folds, time.Since(began).Round(time.Millisecond))
	c.run(b, "vacuum", "VACUUM ANALYZE followups, conversations, contacts, tally_totals, tally_deltas")
}

func (c *company) run(b *testing.B, what, statement string, args ...any) {
	began := time.Now()
	_, err := c.sql.Exec(context.Background(), statement, args...)
	require.NoError(b, err, what)
	b.Logf("%s: %s", what, time.Since(began).Round(time.Millisecond))
}

// sendSome lets the last sends be unfolded, as they are in a busy process.
func (c *company) sendSome(b *testing.B, count int) {
	c.run(b, fmt.Sprintf("%d sends, not folded", count), `UPDATE followups SET state = 'SENT', sent_at = $1 WHERE id IN
		(SELECT id FROM followups WHERE tenant_id = $2 AND state = 'PENDING' LIMIT $3)`, c.now.UnixMilli(), c.tenant.ID, count)
}

func (c *company) lastDays(days int) []calendar.Stretch {
	year, month, day := c.now.In(c.zone).Date()
	return calendar.Stretches(calendar.Resolve(year, month, day-days, 0, 0, 0, c.zone), calendar.Resolve(year, month, day+1, 0, 0, 0, c.zone), c.zone)
}

// BenchmarkAMillionFollowUps tells what each list and number costs at a million follow-ups of one tenant in PostgreSQL.
func BenchmarkAMillionFollowUps(b *testing.B) {
	c := newCompany(b)
	c.sendSome(b, 5_000)
	ctx, tenant := context.Background(), c.tenant.ID
	list := func(filter chat.FollowUpFilter) func() (int, error) {
		return func() (int, error) {
			rows, err := c.store.FollowUps(ctx, tenant, filter)
			return len(rows), err
		}
	}
	leads := func(filter chat.LeadFilter) func() (int, error) {
		return func() (int, error) {
			rows, err := c.store.Leads(ctx, tenant, filter)
			return len(rows), err
		}
	}
	dashboard := func(days int) func() (int, error) {
		return func() (int, error) {
			found, err := c.store.StatisticsOf(ctx, tenant, c.lastDays(days))
			return len(found.Days), err
		}
	}
	const somebody, conversation = "0190a000-0000-7001-8000-000000000100", "0190a000-0000-7002-8000-000000000100"
	deep := chat.FollowUpPlace{At: c.now.AddDate(0, -6, 0), ID: "0190a000-0000-7003-8000-000000000100"}
	page, all := chat.Page{Limit: 50}, chat.Page{Limit: 1000}
	var hundreds []chat.Ref
	for i := range 1000 {
		hundreds = append(hundreds, chat.Ref{ID: fmt.Sprintf("0190a000-0000-7002-8000-%012x", i*7+1)})
	}
	for _, one := range []struct {
		name string
		ask  func() (int, error)
	}{
		{"stats", func() (int, error) {
			found, err := c.store.StatisticsNow(ctx, tenant, c.lastDays(31))
			return len(found.Flows), err
		}},
		{"rules' counts", func() (int, error) { found, err := c.store.Tallies(ctx, tenant); return len(found), err }},
		{"dashboard, 30 days", dashboard(30)},
		{"dashboard, 366 days", dashboard(366)},
		{"leads", leads(chat.LeadFilter{Limit: 1000})},
		{"leads of a rule", leads(chat.LeadFilter{Limit: 1000, FlowID: c.rules[len(c.rules)-1]})},
		{"leads, sent", leads(chat.LeadFilter{Limit: 1000, State: "SENT"})},
		{"leads, failed", leads(chat.LeadFilter{Limit: 1000, State: "FAILED"})},
		{"pending", list(chat.FollowUpFilter{Pending: true, Page: all})},
		{"pending of a rule", list(chat.FollowUpFilter{Pending: true, FlowID: c.rules[3], Page: all})},
		{"pending of a conversation", list(chat.FollowUpFilter{Pending: true, ConversationID: conversation, Page: all})},
		{"pending of 1000 conversations", func() (int, error) {
			found, err := c.store.PendingByConversations(ctx, tenant, hundreds)
			return len(found) / 2, err
		}},
		{"history", list(chat.FollowUpFilter{Page: page})},
		{"history, page far behind", list(chat.FollowUpFilter{After: deep, Page: page})},
		{"history, failed", list(chat.FollowUpFilter{State: "FAILED", Page: page})},
		{"history of a rule", list(chat.FollowUpFilter{FlowID: c.rules[len(c.rules)-1], Page: page})},
		{"history of a rule, failed", list(chat.FollowUpFilter{FlowID: c.rules[len(c.rules)-1], State: "FAILED", Page: page})},
		{"history of a contact", list(chat.FollowUpFilter{ContactID: somebody, Page: page})},
		{"history of a conversation", list(chat.FollowUpFilter{ConversationID: conversation, Page: page})},
		{"history of a rule and contact", list(chat.FollowUpFilter{ContactID: somebody, FlowID: c.rules[0], Page: page})},
		{"history of a day", list(chat.FollowUpFilter{From: c.now.AddDate(0, -3, 0), To: c.now.AddDate(0, -3, 1), Page: page})},
	} {
		b.Run(one.name, func(b *testing.B) { measure(b, one.ask) })
	}
	c.run(b, "100000 answers, not folded", `UPDATE followups SET responded_at = sent_at + 60000 WHERE id IN
		(SELECT id FROM followups WHERE tenant_id = $1 AND state = 'SENT' AND responded_at = 0 LIMIT 100000)`, tenant)
	b.Run("dashboard, 366 days, unfolded", func(b *testing.B) { measure(b, dashboard(366)) })
	b.Run("rules' counts, unfolded", func(b *testing.B) {
		measure(b, func() (int, error) { found, err := c.store.Tallies(ctx, tenant); return len(found), err })
	})
}

// measure tells the slowest answer too, because that is what somebody waits for.
func measure(b *testing.B, ask func() (int, error)) {
	var slowest time.Duration
	var rows int
	for b.Loop() {
		began := time.Now()
		found, err := ask()
		if err != nil {
			b.Fatal(err)
		}
		slowest, rows = max(slowest, time.Since(began)), found
	}
	b.ReportMetric(float64(slowest.Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(rows), "rows")
}

// BenchmarkCounting tells what the numbers cost a write: a follow-up that is planned, sent and answered, with and without
// the triggers. The cost of folding is in the other benchmark's log.
func BenchmarkCounting(b *testing.B) {
	for _, with := range []string{"ENABLE", "DISABLE"} {
		b.Run(map[string]string{"ENABLE": "counted", "DISABLE": "not counted"}[with], func(b *testing.B) {
			if os.Getenv(storetest.PostgresVariable) == "" {
				b.Fatalf("set %s: these figures are PostgreSQL's", storetest.PostgresVariable)
			}
			ctx, address := context.Background(), storetest.Address(b, "postgres")
			storetest.Open(b, store.Options{Address: address})
			connection, err := pgx.Connect(ctx, address)
			require.NoError(b, err)
			_, err = connection.Exec(ctx, "ALTER TABLE followups "+with+" TRIGGER USER")
			require.NoError(b, err)
			tenant, flow := chat.NewID(), chat.NewID()
			for b.Loop() {
				id := chat.NewID()
				batch := &pgx.Batch{}
				batch.Queue(`INSERT INTO followups (id, tenant_id, run_id, flow_id, node_id, contact_id, conversation_id, channel_id, state, attempt,
					due_at, revision, message_id, sent_at, cancelled_at, cancel_reason, responded_at, failed_at, error_code, created_at, log)
					VALUES ($1, $2, $1, $3, 'n', $1, $1, 'ch', 'PENDING', 1, 1700000000000, 1, '', 0, 0, '', 0, 0, '', 1, '')`, id, tenant, flow)
				batch.Queue("UPDATE followups SET state = 'SENT', sent_at = 1700000000000 WHERE id = $1", id)
				batch.Queue("UPDATE followups SET responded_at = 1700000060000 WHERE id = $1", id)
				if err := connection.SendBatch(ctx, batch).Close(); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, connection.Close(ctx))
		})
	}
}
