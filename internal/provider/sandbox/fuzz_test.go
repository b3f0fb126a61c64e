package sandbox

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzSend: whatever comes, the answer is Meta's, and a message is on the phone exactly if the answer was 200 and not a mark-read.
func FuzzSend(f *testing.F) {
	for _, seed := range []string{plainText, templateBody("retomada", goodRetomada), templateBody("pedido", body(texts("1", "2"))), `{}`, `null`, `[]`, `{"messaging_product":"whatsapp"}`,
		`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.x"}`,
		`{"messaging_product":"whatsapp","to":"5511999990001","type":"image","image":{"link":"https://ex.com/a.png"}}`,
		`{"messaging_product":"whatsapp","to":"5511999990001","type":"template","template":{"name":"retomada","language":{"code":"pt_BR"},"components":[{"type":"button","index":"-1"}]}}`,
		templateBody("vitrine", carouselSent(cardSent("0", "1", ""), cardSent("1", "2", ""))), templateBody("oferta", offerSent(endsAt(offerEnds))),
		templateBody("visita", actionSent("flow", `{"flow_token":"t","flow_action_data":{"a":1}}`)), templateBody("produtos", actionSent("mpm", `{"thumbnail_product_retailer_id":"p","sections":[]}`)),
		`{"messaging_product":"whatsapp","to":"5511999990001","type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"a"}]}]}}}`,
	} {
		f.Add(seed)
	}
	start := time.Unix(1_750_000_000, 0)
	f.Fuzz(func(t *testing.T, document string) {
		s := New(Options{Clock: func() time.Time { return start }, Seed: 1, Delays: &Delays{Sent: time.Hour}, Businesses: []Business{
			{PhoneNumberID: number, WabaID: waba, DisplayPhoneNumber: "551140040001", AccessToken: token, Templates: slices.Concat(templatesOfFixtureF(), moreTemplates(), kindTemplates())}}})
		defer s.Close()
		_, err := s.Write(customer, Incoming{Text: "oi"})
		require.NoError(t, err)
		request := httptest.NewRequest(http.MethodPost, "/graph/v23.0/"+number+"/messages", strings.NewReader(document))
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)

		sent := 0
		for _, phone := range s.Phones(10) {
			sent += len(s.Sent(phone.Number))
		}
		require.Equal(t, strings.Contains(answer.Body.String(), `"messages":[{"id":"wamid.`), sent == 1)
		if answer.Code != 200 {
			require.Contains(t, answer.Body.String(), `"fbtrace_id":"`)
			require.Zero(t, sent)
		}
	})
}

// templatesOfFixtureF are a few templates of every kind, without reading files once per try.
func templatesOfFixtureF() []Template {
	return []Template{{Name: "retomada", Language: "pt_BR", ParameterFormat: "NAMED", Components: []TemplateComponent{
		{Type: "HEADER", Format: "IMAGE"}, {Type: "BODY", Text: "Oi {{nome}}, seguimos com {{assunto}}?"},
		{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "QUICK_REPLY", Text: "Sim"}, {Type: "URL", Text: "Ver", URL: "https://ex.com/{{1}}"}}}}}}
}

// FuzzFaults: a document is either refused and changes nothing, or leaves faults that can be shown and merged again.
func FuzzFaults(f *testing.F) {
	for _, seed := range []string{`{}`, `{"nextError":{"code":4}}`, `{"outage":true}`, `{"phoneNumberId":"1","latencyMs":3}`, `{"nextError":null}`, `{"Faults":{}}`, `null`, `{"latencyMs":1e3}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		sets := newFaultSets()
		if err := sets.merge([]byte(document)); err != nil {
			require.Equal(t, newFaultSets(), sets)
			return
		}
		kept := sets.general.clone()
		require.NoError(t, kept.check())
		require.NoError(t, sets.merge([]byte(`{}`)))
		require.Equal(t, kept, sets.general)
	})
}

// FuzzForm: any Flow JSON gives questions that have names, each once.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{visitFlow, `{}`, `null`, `{"screens":[{"type":"TextInput","name":"a"},{"type":"TextInput","name":"a"}]}`, `{"screens":[{"layout":{"layout":{}}}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		form, seen := formOf(document), map[string]bool{}
		require.NotNil(t, form)
		for _, field := range form.Fields {
			require.NotEmpty(t, field.Name)
			require.False(t, seen[field.Name])
			seen[field.Name] = true
		}
	})
}
