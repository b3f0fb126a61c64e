package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/fault"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestARestFromMarketingGrowsAndIsForgotten(t *testing.T) {
	var l ContactLimits
	at := noon
	for i, want := range []time.Duration{24 * time.Hour, 48 * time.Hour, 96 * time.Hour, 96 * time.Hour} {
		l = l.RestFromMarketing(NewID(), at, 24*time.Hour)
		require.Equal(t, at.Add(want), l.MarketingRest, "rest %d", i)
		at = l.MarketingRest
	}
	later := l.MarketingRest.Add(8 * 24 * time.Hour)
	require.Equal(t, later.Add(24*time.Hour), l.RestFromMarketing("m", later, 24*time.Hour).MarketingRest, "a week after a rest the next one is small")
	spoke := l.Spoke()
	require.Equal(t, l.MarketingRest, spoke.MarketingRest, "an answer ends no rest")
	require.Equal(t, at.Add(24*time.Hour), spoke.RestFromMarketing("m", at, 24*time.Hour).MarketingRest, "but the next one is small")
}

// Whatever is reported, how often and in which order: a rest is never shorter than the first one, never longer than the last,
// and what happened during a rest does not move it.
func TestARestFromMarketingIsBounded(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var l ContactLimits
		at := noon
		for range rapid.IntRange(1, 40).Draw(r, "reports") {
			at = at.Add(time.Duration(rapid.IntRange(0, 200).Draw(r, "hours")) * time.Hour)
			before := l
			l = l.RestFromMarketing(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "message"), at, 24*time.Hour)
			if l == before {
				continue
			}
			require.False(r, at.Before(before.MarketingRest))
			require.GreaterOrEqual(r, l.MarketingRest.Sub(at), 24*time.Hour)
			require.LessOrEqual(r, l.MarketingRest.Sub(at), 96*time.Hour)
		}
	})
}

func TestAnOutageThatComesBackAtOnceIsNoNewsAndIsProbedLater(t *testing.T) {
	outage := func(at time.Time) Outage {
		return Outage{Code: fault.Auth, Number: "190", Lift: fault.LiftProbe, Since: at}
	}
	c, at := Channel{Online: true}, noon
	var news bool
	for i, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
		c, news = c.Fail(outage(at), "o token venceu", 0)
		require.False(t, c.Online)
		require.Equal(t, i == 0, news, "outage %d", i)
		require.Equal(t, at.Add(wait), c.Limits.Outage.ProbeAt)
		_, early := c.Recover(fault.LiftProbe, at.Add(wait-time.Second))
		require.False(t, early)
		c, _ = c.Recover(fault.LiftProbe, at.Add(wait))
		require.True(t, c.Online)
		at = at.Add(wait + time.Minute)
	}
	_, news = c.Fail(outage(at.Add(time.Hour)), "o token venceu", 0)
	require.True(t, news, "after an hour of sending it is another outage")
}

func TestWhatIsGraverStays(t *testing.T) {
	ban := Outage{Code: fault.SenderOffline, Number: "131031", Lift: fault.LiftPerson, Since: noon}
	token := Outage{Code: fault.Auth, Number: "190", Lift: fault.LiftProbe, Since: noon}
	c, _ := Channel{Online: true}.Fail(token, "token", 0)
	c, news := c.Fail(ban, "banida", 0)
	require.True(t, news)
	c, news = c.Fail(token, "token", 0)
	require.False(t, news)
	require.Equal(t, "131031", c.Limits.Outage.Number)
	_, lifted := c.Recover(fault.LiftProbe, noon.Add(time.Hour*1000))
	require.False(t, lifted)
	byWebhook := Channel{Online: false, OfflineReason: "a Meta desativou a conta"}
	_, lifted = byWebhook.Recover(fault.LiftProbe, noon)
	require.False(t, lifted, "what a webhook stopped, a webhook or a person starts")
	back, lifted := byWebhook.Recover(fault.LiftPerson, noon)
	require.True(t, lifted && back.Online)
	c.Online = true
	require.Nil(t, c.Sound().Limits.Outage)
}

func TestTheLimitOfPeoplePerDay(t *testing.T) {
	for tier, want := range map[string]int{
		"TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000, "TIER_UNLIMITED": 0, "TIER_NOT_SET": 0, "": 0,
		"2000": 2000, "2k": 2000, "-5": 0, "99999999999999": 0,
	} {
		require.Equal(t, want, Channel{Number: NumberState{Tier: tier}}.DailyPeople(), tier)
	}
	require.Equal(t, 500, Channel{Number: NumberState{Tier: "TIER_2K"}, Config: map[string]string{ConfigTier: "500"}}.DailyPeople(), "what the owner says counts")
}

func TestThePortfolioAndTheAccount(t *testing.T) {
	one := Channel{ID: "a", TenantID: "t", Provider: "meta", Config: map[string]string{"wabaId": "1"}, Secrets: map[string]string{"accessToken": "x"}}
	require.Equal(t, "1", one.Portfolio())
	require.Equal(t, "a", Channel{ID: "a"}.Portfolio())
	require.Equal(t, "p", Channel{ID: "a", Config: map[string]string{"wabaId": "1", "portfolioId": "p"}}.Portfolio())
	same := one
	same.Config = map[string]string{"wabaId": "2"}
	require.True(t, one.SharesAccount(same), "the same token")
	same.Secrets = map[string]string{}
	require.False(t, one.SharesAccount(same))
	same.Config, same.TenantID = one.Config, "another"
	require.False(t, one.SharesAccount(same), "never across tenants")
}

func TestCallingCodes(t *testing.T) {
	for phone, want := range map[string]string{"+5511999990001": "55", "+12025550123": "1", "+351912345678": "351", "": "", "5511999990001": "", "+": ""} {
		require.Equal(t, want, CallingCode(phone), phone)
	}
}
