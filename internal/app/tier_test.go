package app_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// A tier that Meta raises by webhook lets those go at once who waited for tomorrow's people.
func TestATierThatRisesLetsThoseGoWhoWait(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := newScene(t, engine)
			s.templated()
			s.open(func(db *store.Store) {
				_, err := db.ChangeChannel(context.Background(), s.tenant.ID, s.channel.ID, func(c *chat.Channel) error {
					c.Number.Tier, c.Number.CheckedAt = "TIER_2", time.Now()
					return nil
				})
				require.NoError(t, err)
				s.model = s.create(db, `{"name":"Retomada","channelId":"`+s.channel.ID+`","startTime":null,"messages":[
					{"id":"m1","text":"oi","offset":0,"template":{"name":"retomada","language":"pt_BR"}}]}`)
			})
			s.launch("")
			const people = 4
			for i := range people {
				require.Eventually(t, func() bool {
					status, _ := s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": phoneOf(i), "followup": s.model.Number})
					return status == http.StatusOK
				}, time.Minute, 50*time.Millisecond)
			}
			waiting := func() int {
				count := 0
				for _, row := range s.data("/api/followups/pending") {
					until, _ := row["waitsUntil"].(string)
					at, err := time.Parse(time.RFC3339, until)
					if err == nil && time.Until(at) > 12*time.Hour {
						count++
					}
				}
				return count
			}
			arrived := func() int {
				count := 0
				for i := range people {
					for _, message := range s.whatsapp.Messages(phoneOf(i)) {
						if message.From == sandbox.FromBusiness {
							count++
						}
					}
				}
				return count
			}
			require.Eventually(t, func() bool { return waiting() > 0 && waiting()+arrived() == people }, time.Minute, 100*time.Millisecond, "some wait for tomorrow")
			require.Positive(t, arrived())

			tier := "TIER_2K"
			require.NoError(t, s.whatsapp.ChangeBusiness(s.channel.Account, sandbox.BusinessChange{MessagingLimit: &tier}))
			require.Eventually(t, func() bool { return arrived() == people }, time.Minute, 100*time.Millisecond, "and go as soon as Meta says that they may")
		})
	}
}

// templated gives the scene a template, at the provider and in our list.
func (s *scene) templated() {
	const body = "Olá! Podemos continuar a nossa conversa?"
	require.NoError(s.t, s.whatsapp.Register(sandbox.Business{
		PhoneNumberID: s.channel.Account, WabaID: "102290129340398", DisplayPhoneNumber: "551140040001", AccessToken: accessToken, AppSecret: appSecret,
		VerifyToken: verifyToken, CallbackURL: "http://" + s.config.Addr + "/webhooks/meta/" + s.channel.Token,
		Templates: []sandbox.Template{{ID: "771", Name: "retomada", Language: "pt_BR", Status: "APPROVED", Category: "UTILITY",
			ParameterFormat: "POSITIONAL", Components: []sandbox.TemplateComponent{{Type: "BODY", Text: body}}}},
	}))
	s.open(func(db *store.Store) {
		require.NoError(s.t, db.SaveTemplates(context.Background(), s.tenant.ID, s.channel.ID, []chat.Template{
			{ExternalID: "771", Name: "retomada", Language: "pt_BR", Status: "APPROVED", Category: "UTILITY", BodyText: body},
		}))
	})
}
