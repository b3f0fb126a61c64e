package desk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// known remembers how old the newest news of each part are, as the database does.
type known map[string]time.Time

func (k known) take(on desk.Affected, news chat.News) (desk.Affected, []desk.Notification) {
	return desk.Take(news, on, func(part string) bool {
		if news.At.Before(k[part]) {
			return false
		}
		k[part] = news.At
		return true
	}, noon)
}

func healthy() desk.Affected {
	return desk.Affected{
		Channel:  chat.Channel{ID: "c", TenantID: "t", Name: "Vendas", Online: true},
		Template: &chat.Template{ID: "m", Name: "retomada", Language: "pt_BR", Status: "APPROVED", Category: "UTILITY", Quality: "GREEN"},
	}
}

// sayings are news of all parts, without a time.
func sayings() []chat.News {
	sender := func(standing chat.Standing) chat.News {
		return chat.News{Text: "conta", Sender: &chat.SenderNews{Standing: standing, Reason: string(standing), Until: noon.Add(time.Hour)}}
	}
	template := func(t chat.TemplateNews) chat.News {
		t.Name, t.Language = "retomada", "pt_BR"
		return chat.News{Text: "template", Template: &t}
	}
	number := func(n chat.NumberNews) chat.News { return chat.News{Text: "número", Number: &n} }
	return []chat.News{
		sender(chat.StandingGood), sender(chat.StandingOff), sender(chat.StandingAnswers), sender(chat.StandingSilenced), sender(chat.StandingAdmonished),
		template(chat.TemplateNews{Status: "PAUSED", Reason: "r", Category: "MARKETING"}), template(chat.TemplateNews{Status: "APPROVED"}),
		template(chat.TemplateNews{Quality: "RED"}), template(chat.TemplateNews{Category: "UTILITY"}),
		number(chat.NumberNews{Status: "FLAGGED", Quality: "RED", Tier: "TIER_250"}), number(chat.NumberNews{Status: "CONNECTED", Quality: "UNKNOWN"}),
		number(chat.NumberNews{Tier: "TIER_2K"}), number(chat.NumberNews{Throughput: 1000}),
		number(chat.NumberNews{NameStatus: "APPROVED", VerifiedName: "Loja"}), number(chat.NumberNews{NameStatus: "REJECTED"}),
	}
}

// In whatever order news arrive, and however often, they end as they would have in order.
func TestNewsEndAsTheyWouldHaveInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := sayings()
		picks := rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 1, 30).Draw(t, "news")
		var told []chat.News
		for i, pick := range picks {
			news := all[pick]
			news.At = noon.Add(time.Duration(i) * time.Second)
			told = append(told, news)
		}
		end := func(order []chat.News) desk.Affected {
			memory, on := known{}, healthy()
			for _, news := range order {
				on, _ = memory.take(on, news)
			}
			on.Channel.Limits.LiftedAt, on.Channel.Limits.LiftedFrom = time.Time{}, nil // how often it was lifted on the way
			return on
		}
		again := append(slices.Clone(told), rapid.SliceOf(rapid.SampledFrom(told)).Draw(t, "repeated")...)
		require.Equal(t, end(told), end(rapid.Permutation(again).Draw(t, "order")))
	})
}

func TestTheTeamIsToldWhatChangesAndNothingTwice(t *testing.T) {
	sender := func(standing chat.Standing) chat.News {
		return chat.News{Field: "account_update", Text: "x", Sender: &chat.SenderNews{Standing: standing, Reason: "x", Until: noon.Add(time.Hour)}}
	}
	status := func(status string) chat.News {
		return chat.News{Text: "x", Template: &chat.TemplateNews{Name: "retomada", Language: "pt_BR", Status: status}}
	}
	for _, c := range []struct {
		name string
		told []chat.News
		want []string
	}{
		{"off and on", []chat.News{sender(chat.StandingOff), sender(chat.StandingOff), sender(chat.StandingGood), sender(chat.StandingGood)}, []string{"sender.offline", "sender.online"}},
		{"only answers, then all", []chat.News{sender(chat.StandingAnswers), sender(chat.StandingAnswers), sender(chat.StandingGood)}, []string{"sender.restricted", "sender.online"}},
		{"nothing at all for a time", []chat.News{sender(chat.StandingSilenced), sender(chat.StandingGood)}, []string{"sender.offline", "sender.online"}},
		{"a warning stops nothing", []chat.News{sender(chat.StandingAdmonished)}, []string{"sender.warned"}},
		{"a template stops and goes on", []chat.News{status("PAUSED"), status("PAUSED"), status("LOCKED"), status("APPROVED")}, []string{"template.paused", "template.warned", "template.resumed"}},
		{"an error of the number", []chat.News{{Text: "x"}}, []string{"sender.warned"}},
		{"what nobody has to know", []chat.News{{Field: "field_of_2027"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			memory, on := known{}, healthy()
			var kinds []string
			for i, news := range c.told {
				news.At = noon.Add(time.Duration(i) * time.Second)
				var notes []desk.Notification
				on, notes = memory.take(on, news)
				for _, note := range notes {
					kinds = append(kinds, note.Kind)
				}
			}
			require.Equal(t, c.want, kinds)
		})
	}
}

func TestARestrictionWithoutAnEndIsTriedAgainAfterADay(t *testing.T) {
	on, _ := known{}.take(healthy(), chat.News{Text: "x", At: noon, Sender: &chat.SenderNews{Standing: chat.StandingAnswers}})
	require.True(t, on.Channel.Restriction.Forbids(noon.Add(24*time.Hour-time.Second), false))
	require.False(t, on.Channel.Restriction.Forbids(noon, true), "answers go")
	require.False(t, on.Channel.Restriction.Forbids(noon.Add(24*time.Hour), false))
}
