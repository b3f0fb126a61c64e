package meta

import (
	"net/http"
	"net/http/httptest"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// account is a simulated account: an answer for the number, its subscribed apps and its templates.
type account struct{ number, configured, apps, templates, token apiAnswer }

func (a account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path.Base(r.URL.Path) {
	case "106540352242922":
		if r.URL.Query().Get("fields") == "webhook_configuration" {
			a.configured.ServeHTTP(w, r)
			return
		}
		a.number.ServeHTTP(w, r)
	case "subscribed_apps":
		a.apps.ServeHTTP(w, r)
	case "debug_token":
		a.token.ServeHTTP(w, r)
	case "message_templates":
		a.templates.ServeHTTP(w, r)
	default:
		w.WriteHeader(http.StatusTeapot)
	}
}

const ourCallback = "https://retoma.example/webhooks/meta/t"

func says(body string) apiAnswer { return apiAnswer{Status: 200, BodyText: body} }

func healthy(t *testing.T) account {
	return account{
		number:     recorded(t, "testdata/resp_phone_number.json"),
		configured: says(`{"webhook_configuration":{"application":"https://retoma.example/webhooks/meta/t/"}}`),
		token:      says(`{"data":{"is_valid":true,"expires_at":0,"scopes":["whatsapp_business_management","whatsapp_business_messaging"]}}`),
		apps:       says(`{"data":[{"whatsapp_business_api_data":{"id":"1","name":"Loja"}}]}`),
		templates:  says(`{"data":[{"name":"a","language":"pt_BR","status":"APPROVED"},{"name":"b","language":"pt_BR","status":"PAUSED"}]}`),
	}
}

func check(t *testing.T, a account, phone string) map[string]provider.Finding {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	channel := channelAt(server.URL)
	channel.Phone = phone
	findings, err := New(Options{}).Check(t.Context(), channel, ourCallback)
	require.NoError(t, err)
	byCheck := map[string]provider.Finding{}
	for _, finding := range findings {
		require.NotContains(t, byCheck, finding.Check)
		byCheck[finding.Check] = finding
	}
	return byCheck
}

func TestAHealthyChannel(t *testing.T) {
	findings := check(t, healthy(t), "+551140040001")
	for name, message := range map[string]string{
		"config":    "cadastro completo",
		"number":    "a Meta reconhece o número +55 11 4004-0001 (Loja Teste)",
		"status":    "número conectado",
		"quality":   "qualidade GREEN, limite TIER_2K",
		"webhooks":  "assinado por Loja",
		"templates": "1 de 2 modelos aprovados",
		"token":     "o token não tem prazo de validade",
		"callback":  "a Meta envia os webhooks a este serviço",
	} {
		require.Equal(t, provider.Finding{Check: name, OK: true, Message: message}, findings[name])
	}
	require.Len(t, findings, 8)
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	number := func(members string) func(*account) {
		return func(a *account) { a.number = says(`{"display_phone_number":"+55 11 4004-0001",` + members + `}`) }
	}
	for _, c := range []struct {
		name, check, message string
		broken               func(*account)
	}{
		{"token expired", "number", "190/463", func(a *account) { a.number = recorded(t, "testdata/answers/err_190_expired.json") }},
		{"token refused", "token", "190/463", func(a *account) { a.token = recorded(t, "testdata/answers/err_190_expired.json") }},
		{"token not valid", "token", "Session has expired", func(a *account) {
			a.token = says(`{"data":{"is_valid":false,"error":{"code":190,"message":"Session has expired","subcode":463},"scopes":[]}}`)
		}},
		{"permission missing", "token", "whatsapp_business_messaging", func(a *account) {
			a.token = says(`{"data":{"is_valid":true,"scopes":["whatsapp_business_management"]}}`)
		}},
		{"webhooks go elsewhere", "callback", "https://outra.example", func(a *account) {
			a.configured = says(`{"webhook_configuration":{"application":"https://retoma.example/webhooks/meta/t","phone_number":"https://outra.example/segredo"}}`)
		}},
		{"limited", "status", "verifique a empresa", number(`"status":"CONNECTED","health_status":{"can_send_message":"LIMITED","entities":[{"errors":[{"error_description":"sem verificação","possible_solution":"verifique a empresa"}]}]}`)},
		{"banned", "status", "BANNED", number(`"status":"BANNED"`)},
		{"flagged", "status", "sinalizado", number(`"status":"FLAGGED"`)},
		{"not registered", "status", "registro", number(`"status":"PENDING"`)},
		{"name declined", "status", "DECLINED", number(`"status":"CONNECTED","name_status":"DECLINED"`)},
		{"blocked", "status", "sem pagamento", number(`"status":"CONNECTED","health_status":{"can_send_message":"BLOCKED","entities":[{},{"errors":[{"error_description":"sem pagamento"}]}]}`)},
		{"blocked without a reason", "status", "Gerenciador", number(`"health_status":{"can_send_message":"BLOCKED"}`)},
		{"low quality", "quality", "RED", number(`"quality_rating":"RED"`)},
		{"medium quality", "quality", "YELLOW", number(`"quality_rating":"YELLOW"`)},
		{"no app subscribed", "webhooks", "nenhum aplicativo", func(a *account) { a.apps = says(`{"data":[]}`) }},
		{"apps unreadable", "webhooks", "ilegível", func(a *account) { a.apps = says(`x`) }},
		{"no template approved", "templates", "nenhum modelo aprovado", func(a *account) { a.templates = says(`{"data":[]}`) }},
		{"the only template is paused", "templates", "a Meta pausou b (pt_BR)", func(a *account) { a.templates = says(`{"data":[{"name":"b","language":"pt_BR","status":"PAUSED"}]}`) }},
		{"an account that is not the token's", "templates", "wabaId 102290129340398", func(a *account) {
			a.templates = apiAnswer{Status: 400, BodyText: `{"error":{"code":100,"error_subcode":33,"message":"Unsupported get request"}}`}
		}},
		{"an account that is not the token's, by its webhooks", "webhooks", "wabaId 102290129340398", func(a *account) {
			a.apps = apiAnswer{Status: 400, BodyText: `{"error":{"code":100,"error_subcode":33,"message":"Unsupported get request"}}`}
		}},
		{"an answer about no number", "number", "config.baseUrl", func(a *account) { a.number = says(`{}`) }},
		{"an answer about no token", "token", "config.baseUrl", func(a *account) { a.token = says(`{}`) }},
		{"an address that sends elsewhere", "number", "redireciona", func(a *account) { a.number = apiAnswer{Status: 302} }},
		{"an address that is not Graph's", "token", "não é a API Graph", func(a *account) { a.token = apiAnswer{Status: 404, BodyText: `<html>`} }},
		{"templates refused", "templates", "permissão", func(a *account) { a.templates = apiAnswer{Status: 403, BodyText: `{"error":{"code":200}}`} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulated := healthy(t)
			c.broken(&simulated)
			finding := check(t, simulated, "")[c.check]
			require.False(t, finding.OK)
			require.Contains(t, finding.Message+" "+finding.Remedy, c.message)
			require.NotEmpty(t, finding.Remedy, "what is wrong comes with what helps")
			require.Equal(t, c.name == "no app subscribed", finding.Repairable)
		})
	}
	finding := check(t, healthy(t), "+5511988887777")["phone"]
	require.False(t, finding.OK)
	require.Contains(t, finding.Message, "+5511988887777")
}

// What passes by itself says nothing about the channel: it is neither called right nor blamed on what was configured.
func TestAPassingTroubleIsNotTheChannelsFault(t *testing.T) {
	for name, trouble := range map[string]apiAnswer{
		"out of order":   {Status: 503, BodyText: `{"error":{"code":2,"message":"Service temporarily unavailable"}}`},
		"bad gateway":    {Status: 502, BodyText: `<html>`},
		"too many calls": {Status: 400, BodyText: `{"error":{"code":80007,"message":"Rate limit issues"}}`},
		"HTTP 429":       {Status: 429, BodyText: ``},
	} {
		findings := check(t, account{number: trouble, configured: trouble, apps: trouble, templates: trouble, token: trouble}, "")
		require.Len(t, findings, 6, name)
		delete(findings, "config")
		for _, finding := range findings {
			require.False(t, finding.OK, "%s: %s", name, finding.Check)
			require.Contains(t, finding.Message, "não foi possível verificar agora: ")
			require.Equal(t, "tente de novo em alguns minutos", finding.Remedy)
		}
	}
	refused := healthy(t)
	refused.token = apiAnswer{Status: 400, BodyText: `{"error":{"code":100,"message":"Unsupported get request"}}`}
	require.True(t, check(t, refused, "")["token"].OK, "a token about which Meta says nothing is judged by the number's answer")
}

// Nothing stands at the address, or something else: the address and the cause are named, and nothing is called right.
func TestAnAddressThatIsNotGraphsIsNamed(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	elsewhere := httptest.NewServer(http.RedirectHandler("https://example.com/", http.StatusFound))
	defer elsewhere.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for address, says := range map[string]string{
		closed.URL: "a conexão foi recusada", "http://nobody.invalid": "o nome nobody.invalid não", elsewhere.URL: "redireciona", other.URL: "não é a API Graph",
	} {
		findings, err := New(Options{}).Check(t.Context(), channelAt(address), ourCallback)
		require.NoError(t, err)
		for _, finding := range findings {
			if finding.Check == "config" {
				continue
			}
			require.False(t, finding.OK, "%s: %s", address, finding.Check)
			require.Contains(t, finding.Message, says)
			require.Contains(t, finding.Message, address)
			require.Contains(t, finding.Remedy, "config.baseUrl")
		}
	}
}

func TestAnIncompleteChannelIsNotAskedAbout(t *testing.T) {
	findings, err := New(Options{}).Check(t.Context(), chat.Channel{}, "")
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.False(t, findings[0].OK)
}

func TestConfigurationsAreRefusedByTheirField(t *testing.T) {
	adapter := New(Options{})
	require.NoError(t, adapter.CheckConfig(channelAt("")))
	require.NoError(t, adapter.CheckConfig(channelAt("http://127.0.0.1:8080/graph/")))
	for _, c := range []struct {
		field  string
		change func(*chat.Channel)
	}{
		{"account", func(c *chat.Channel) { c.Account = " " }},
		{"config.wabaId", func(c *chat.Channel) { delete(c.Config, "wabaId") }},
		{"secrets.accessToken", func(c *chat.Channel) { c.Secrets["accessToken"] = "" }},
		{"secrets.accessToken", func(c *chat.Channel) { c.Secrets["accessToken"] = "EAA\nG" }},
		{"secrets.appSecret", func(c *chat.Channel) { delete(c.Secrets, "appSecret") }},
		{"secrets.appSecret", func(c *chat.Channel) { c.Secrets["appSecret"] = " , " }},
		{"secrets.verifyToken", func(c *chat.Channel) { delete(c.Secrets, "verifyToken") }},
		{"config.baseUrl", func(c *chat.Channel) { c.Config["baseUrl"] = "graph.facebook.com" }},
		{"config.baseUrl", func(c *chat.Channel) { c.Config["baseUrl"] = "ftp://graph.facebook.com" }},
		{"config.baseUrl", func(c *chat.Channel) { c.Config["baseUrl"] = "https://user:pw@host" }},
		{"config.baseUrl", func(c *chat.Channel) { c.Config["baseUrl"] = "https://host/?a=b" }},
		{"config.version", func(c *chat.Channel) { c.Config["version"] = "25" }},
		{"config.version", func(c *chat.Channel) { c.Config["version"] = "v25.0/../me" }},
	} {
		channel := channelAt("")
		c.change(&channel)
		err := adapter.CheckConfig(channel)
		require.Error(t, err, c.field)
		require.Equal(t, c.field, fault.Of(err).Field)
		requireNoSecret(t, err.Error())
	}
}
