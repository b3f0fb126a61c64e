package app

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/provider/sandbox"
)

// onStrict runs a story against the strictest provider, with the pace in memory and, if there is one, on Redis.
func onStrict(t *testing.T, run func(t *testing.T, s *strict)) {
	t.Run("in memory", func(t *testing.T) { run(t, newStrict(t, nil)) })
	if address := os.Getenv("RETOMA_TEST_REDIS_URL"); address != "" {
		t.Run("on redis", func(t *testing.T) {
			options, err := redis.ParseURL(address)
			require.NoError(t, err)
			client := redis.NewClient(options)
			defer func() { require.NoError(t, client.Close()) }()
			run(t, newStrict(t, client))
		})
	}
}

// talk puts texts of a talk with one customer into the outbox.
func (s *strict) talk(phone string, count int) (ids []string) {
	for i := range count {
		ids = append(ids, s.put(phone, chat.FromReply, chat.Content{Type: chat.Text, Text: fmt.Sprint("parte ", i)}))
	}
	return ids
}

func (s *strict) requireInOrder(ids []string) {
	s.t.Helper()
	for i, id := range ids {
		message, err := s.store.Message(s.t.Context(), s.tenant.ID, id)
		require.NoError(s.t, err)
		require.Equal(s.t, chat.Accepted, message.State, "%d", i)
		if i > 0 {
			require.False(s.t, s.sentAt[id].Before(s.sentAt[ids[i-1]]), "%d goes after %d", i, i-1)
		}
	}
}

// A talk longer than the provider's burst: the provider has nothing to refuse, and all go in order.
func TestALongTalkIsNeverRefused(t *testing.T) {
	onStrict(t, func(t *testing.T, s *strict) {
		s.write("+5511970000001")
		s.pass(2 * time.Second)
		began := s.now()
		ids := s.talk("+5511970000001", 55)
		s.run(began.Add(time.Hour))
		require.Empty(t, s.refusals)
		s.requireInOrder(ids)
		require.WithinDuration(t, began, s.sentAt[ids[54]], 5*time.Minute)
		require.LessOrEqual(t, s.asked, 4*len(ids), "the pace is asked for the first in line, not for all behind it")
	})
}

// Others have written to the customer from the same number, which nobody here can know: one attempt for each wait, in
// order, and the rest at once when the first is through.
func TestARefusedPairKeepsItsOrder(t *testing.T) {
	onStrict(t, func(t *testing.T, s *strict) {
		const phone = "+5511970000001"
		s.write(phone)
		s.pass(2 * time.Second)
		began := s.now()
		channel := s.channel
		channel.Token = chat.NewID()
		for i := range 20 {
			_, err := watched{meta.New(meta.Options{}), s}.Send(t.Context(), channel, provider.Outgoing{
				ID: fmt.Sprint("other", i), To: phone, Keys: []chat.Key{chat.PhoneKey(phone)}, Content: chat.Content{Type: chat.Text, Text: "de outro sistema"},
			})
			require.NoError(t, err)
		}
		s.pass(7 * time.Second)
		ids := s.talk(phone, 30)
		s.run(began.Add(2 * time.Hour))
		require.Len(t, s.refusals, 5, "after 7, 8, 12, 28 and 92 s; the loan of 20 is paid back after 120 s")
		s.requireInOrder(ids)
		require.WithinDuration(t, s.sentAt[ids[0]], s.sentAt[ids[29]], 5*time.Second, "a success frees the pair")
	})
}

// Customers write while a batch goes out: the provider counts in and out together.
func TestWhatCustomersWriteMeanwhileCostsNoRefusal(t *testing.T) {
	onStrict(t, func(t *testing.T, s *strict) {
		template := chat.Content{Type: chat.TemplateUse, Template: &chat.FilledTemplate{Name: "retomada", Language: "pt_BR"}, Text: "Oi, vamos continuar?"}
		for i := range 10 {
			s.write(fmt.Sprintf("+55119%08d", 70_000_000+i))
		}
		s.pass(2 * time.Second)
		for i := range 200 {
			s.put(fmt.Sprintf("+55119%08d", 80_000_000+i), chat.FromFlow, template)
		}
		for i := range 10 {
			for second := range 5 {
				s.put(fmt.Sprintf("+55119%08d", 70_000_000+i), chat.FromReply, chat.Content{Type: chat.Text, Text: fmt.Sprint(second)})
			}
		}
		for i := range 20 { // two a second are a tenth of 20
			next := s.now().Add(500 * time.Millisecond)
			s.run(next)
			s.pass(next.Sub(s.now()))
			_, err := s.whatsapp.Write(fmt.Sprintf("+55119%08d", 70_000_000+i%10), sandbox.Incoming{Text: "e agora?"})
			require.NoError(t, err)
		}
		s.run(s.now().Add(time.Hour))
		require.Empty(t, s.refusals)
	})
}
