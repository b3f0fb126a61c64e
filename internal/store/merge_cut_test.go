package store_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// twoHalves are two contacts who are one person, each with a talk, unread mail, a run with a follow-up and a message that waits.
func (s *shop) twoHalves(at time.Time) (stays, goes desk.Accepted) {
	s.t.Helper()
	stays, goes = s.writes("+5511999990001"), s.writes("BR.1", "ext:crm-7")
	for _, who := range []desk.Accepted{stays, goes} {
		s.drain(who.ContactID)
		s.enrolled(who, chat.NewID(), "model", at)
		s.enrolled(who, chat.NewID(), "", at)
		require.NoError(s.t, s.store.Enqueue(context.Background(), queued(s.tenant, s.channel, who), at))
	}
	s.edit(goes.ContactID, func(d *desk.Desk) {
		contact := d.Contact
		contact.Name, contact.Tags, contact.OptOut, contact.OptOutAt = "Ana", []string{"vip"}, chat.OptOutMarketing, at
		d.SaveContact(contact)
	})
	s.writes("+5511999990001")
	s.writes("BR.1")
	return stays, goes
}

// TestAMergeThatIsCutAnywhereEndsAsIfItHadNotBeen lets a merge die before each of its statements, before COMMIT and right after it.
// Before COMMIT nobody ever sees anything of it; afterwards, whoever asks again finds what an undisturbed merge makes.
func TestAMergeThatIsCutAnywhereEndsAsIfItHadNotBeen(t *testing.T) {
	at := time.Date(2026, 7, 10, 13, 0, 0, 0, time.UTC)
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := storetest.Open(t, store.Options{Address: storetest.Address(t, engine), Now: func() time.Time { return at }})
			tenant, channel := storetest.Tenant(t, s)
			shop := &shop{t: t, store: s, tenant: tenant, channel: channel}
			stays, goes := shop.twoHalves(at)
			look := func() map[string][]string {
				t.Helper()
				seen, err := store.Snapshot(t.Context(), s)
				require.NoError(t, err)
				return seen
			}
			merge := func(cut *store.Cut) error {
				_, err := store.WithCut(s, cut).Merge(t.Context(), desk.Merge{TenantID: tenant.ID, StaysID: stays.ContactID, GoesID: goes.ContactID, By: "api"})
				return err
			}
			before := look()
			known := idsIn(before)

			var undisturbed map[string][]string
			whole := &store.Cut{AtCommit: func(read func() (map[string][]string, error)) (err error) {
				if undisturbed, err = read(); err == nil {
					err = store.ErrCut
				}
				return err
			}}
			require.ErrorIs(t, merge(whole), store.ErrCut)
			require.NotEqual(t, before, undisturbed)
			require.Greater(t, whole.Seen, 20)
			require.Equal(t, before, look())

			for n := 1; n <= whole.Seen+1; n++ {
				require.ErrorIs(t, merge(&store.Cut{Before: n}), store.ErrCut, "statement %d", n)
				require.Equal(t, before, look(), "cut before statement %d of %d: something of it is visible", n, whole.Seen)
			}
			watched := &store.Cut{AfterCommit: true}
			watched.Between = func() {
				if watched.Seen%8 == 0 {
					require.Equal(t, before, look(), "at statement %d, from outside", watched.Seen)
				}
			}
			require.ErrorIs(t, merge(watched), store.ErrCut)
			end := withoutNew(look(), known)
			require.Equal(t, withoutNew(undisturbed, known), end)
			require.NoError(t, merge(&store.Cut{}), "whoever heard nothing asks again")
			again := withoutNew(look(), known)
			require.Len(t, again["mailbox"], 1)
			delete(end, "mailbox") // its revision is raised, which only makes claims look again
			delete(again, "mailbox")
			require.Equal(t, end, again)
		})
	}
}

var uuidText = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func idsIn(all map[string][]string) map[string]bool {
	known := map[string]bool{}
	for _, rows := range all {
		for _, id := range uuidText.FindAllString(strings.Join(rows, "\n"), -1) {
			known[id] = true
		}
	}
	return known
}

// withoutNew gives every id that was made since the same name: they are chance.
func withoutNew(all map[string][]string, known map[string]bool) map[string][]string {
	plain := map[string][]string{}
	for table, rows := range all {
		plain[table] = make([]string, len(rows))
		for i, row := range rows {
			plain[table][i] = uuidText.ReplaceAllStringFunc(row, func(id string) string {
				if known[id] {
					return id
				}
				return "new"
			})
		}
		slices.Sort(plain[table])
	}
	return plain
}
