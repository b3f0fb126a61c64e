package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

// wrote is when the customer wrote last.
func wrote() time.Time { return time.Date(2025, 7, 10, 12, 0, 0, 0, time.UTC) }

func TestTheWindow(t *testing.T) {
	cases := []struct {
		name           string
		customer       time.Time
		closed         time.Time
		now            time.Time
		open, measured bool // measured: an end is known
	}{
		{"the customer never wrote", time.Time{}, time.Time{}, wrote(), false, false},
		{"just now", wrote(), time.Time{}, wrote(), true, true},
		{"the customer's clock is ahead of ours", wrote().Add(time.Second), time.Time{}, wrote(), true, true},
		{"the last instant before the margin", wrote(), time.Time{}, wrote().Add(24*time.Hour - time.Minute - time.Millisecond), true, true},
		{"the margin begins", wrote(), time.Time{}, wrote().Add(24*time.Hour - time.Minute), false, true},
		{"24 hours", wrote(), time.Time{}, wrote().Add(24 * time.Hour), false, true},
		{"the provider closed it afterwards", wrote(), wrote().Add(time.Hour), wrote().Add(2 * time.Hour), false, false},
		{"the provider closed it at the same instant", wrote(), wrote(), wrote().Add(time.Hour), false, false},
		{"the customer wrote again since", wrote(), wrote().Add(-time.Millisecond), wrote().Add(time.Hour), true, true},
		{"closed, and the customer never wrote", time.Time{}, wrote(), wrote(), false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conversation := chat.Conversation{CustomerAt: c.customer, WindowClosedAt: c.closed}
			require.Equal(t, c.open, conversation.WindowOpen(c.now))
			if !c.measured {
				require.Zero(t, conversation.WindowClosesAt())
				return
			}
			require.Equal(t, c.customer.Add(24*time.Hour), conversation.WindowClosesAt())
		})
	}
}

// Time alone never opens a window, and only the customer does.
func TestAWindowOnlyCloses(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seconds := rapid.Int64Range(0, 3*86400)
		at := func(name string) time.Time { return wrote().Add(time.Duration(seconds.Draw(r, name)) * time.Second) }
		conversation := chat.Conversation{CustomerAt: at("customer")}
		if rapid.Bool().Draw(r, "closed by the provider") {
			conversation.WindowClosedAt = at("closed")
		}
		now := at("now")
		later := now.Add(time.Duration(seconds.Draw(r, "passes")) * time.Second)
		if conversation.WindowOpen(later) {
			require.True(r, conversation.WindowOpen(now))
		}
		if conversation.WindowOpen(now) {
			require.Less(r, now.Sub(conversation.CustomerAt), chat.WindowLength-chat.WindowMargin)
		}
	})
}

func TestHoldAndTakeover(t *testing.T) {
	now := wrote()
	require.False(t, chat.Conversation{}.Held(now))
	require.True(t, chat.Conversation{HeldUntil: now.Add(time.Millisecond)}.Held(now))
	require.False(t, chat.Conversation{HeldUntil: now}.Held(now), "until, not through")

	require.False(t, chat.Conversation{}.TakenOver(now, 4*time.Hour), "nobody of the business ever wrote")
	require.True(t, chat.Conversation{AgentAt: now}.TakenOver(now, 4*time.Hour))
	require.True(t, chat.Conversation{AgentAt: now.Add(-4*time.Hour + time.Millisecond)}.TakenOver(now, 4*time.Hour))
	require.False(t, chat.Conversation{AgentAt: now.Add(-4 * time.Hour)}.TakenOver(now, 4*time.Hour))
}

func TestAddress(t *testing.T) {
	require.Equal(t, "551199990001", chat.Contact{Phone: "+5511999990001", Route: "551199990001"}.Address(), "the provider's own, as it gave it")
	require.Equal(t, "5511999990001", chat.Contact{Phone: "+5511999990001"}.Address())
	require.Equal(t, "BR.1234", chat.Contact{Route: "BR.1234"}.Address())
	require.Empty(t, chat.Contact{}.Address())
}

func TestAllows(t *testing.T) {
	listed := []string{"+5511999990001", "+551133334444"}
	cases := []struct {
		name  string
		list  []string
		phone string
		want  bool
	}{
		{"no list lets everybody through", nil, "+12025550123", true},
		{"not even a phone is needed then", nil, "", true},
		{"an empty list lets nobody through", []string{}, "+5511999990001", false},
		{"listed", listed, "+5511999990001", true},
		{"listed with the ninth digit, reached without", listed, "+551199990001", true},
		{"listed without the ninth digit, reached with", []string{"+551199990001"}, "+5511999990001", true},
		{"a landline", listed, "+551133334444", true},
		{"the mobile that resembles a listed landline", listed, "+5511933334444", false},
		{"another", listed, "+5511999990002", false},
		{"nobody's phone", listed, "", false},
		{"nobody's phone and an entry without digits", []string{""}, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, chat.Channel{AllowList: c.list}.Allows(chat.Contact{Phone: c.phone}))
		})
	}
}

func TestWhenAConversationWasActive(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 7, 10, hour, 0, 0, 0, time.UTC) }
	require.Equal(t, at(9), chat.Conversation{CreatedAt: at(9)}.ActiveAt(), "nobody has said anything")
	require.Equal(t, at(12), chat.Conversation{CreatedAt: at(9), CustomerAt: at(10), OutboundAt: at(12), AgentAt: at(11)}.ActiveAt())
	require.Equal(t, at(13), chat.Conversation{CreatedAt: at(9), CustomerAt: at(13), OutboundAt: at(12)}.ActiveAt())
}

func TestTheWiderRefusalStands(t *testing.T) {
	for _, c := range []struct{ had, comes, stands chat.OptOut }{
		{chat.OptOutNone, chat.OptOutMarketing, chat.OptOutMarketing}, {chat.OptOutNone, chat.OptOutAll, chat.OptOutAll}, {chat.OptOutMarketing, chat.OptOutAll, chat.OptOutAll},
		{chat.OptOutAll, chat.OptOutMarketing, chat.OptOutAll}, {chat.OptOutMarketing, chat.OptOutMarketing, chat.OptOutMarketing}, {chat.OptOutAll, chat.OptOutNone, chat.OptOutAll},
	} {
		require.Equal(t, c.stands, c.had.And(c.comes), "%q and %q", c.had, c.comes)
	}
}
