package meta

import (
	"net/url"
	"regexp"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The keys of Channel.Config. Channel.Account is the phone_number_id.
const (
	ConfigBaseURL = "baseUrl" // absolute URL without the version; DefaultBaseURL if empty
	ConfigVersion = "version" // such as "v25.0"; DefaultVersion if empty
	ConfigWABA    = "wabaId"  // the WhatsApp Business Account that owns the number and its templates
)

// The keys of Channel.Secrets.
const (
	SecretAccessToken = "accessToken" // system user's token, sent as Bearer
	SecretAppSecret   = "appSecret"   // signs webhooks; several, separated by commas, while it is being rotated
	SecretVerifyToken = "verifyToken" // what the verification GET must show
)

// Where the Cloud API is (providers.md section 1.1; v25.0 is served until July 2028).
const (
	DefaultBaseURL = "https://graph.facebook.com"
	DefaultVersion = "v25.0"
)

var versionForm = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,3}$`)

// CheckConfig refuses a channel that could not work, naming the field: "account", "config.wabaId",
// "config.baseUrl", "config.version", "secrets.accessToken", "secrets.appSecret", "secrets.verifyToken".
// The error is fault.Invalid. In production the API must be at an https address.
func (a *Adapter) CheckConfig(channel chat.Channel) error {
	if strings.TrimSpace(channel.Account) == "" {
		return fault.Required("account")
	}
	if strings.TrimSpace(channel.Config[ConfigWABA]) == "" {
		return fault.Required("config." + ConfigWABA)
	}
	for field, id := range map[string]string{"account": channel.Account, "config." + ConfigWABA: channel.Config[ConfigWABA]} {
		if !isNumber(strings.TrimSpace(id)) {
			return fault.Field(field, "use só algarismos: é o id que a Meta mostra, e não o número de telefone nem um nome")
		}
	}
	for _, name := range []string{SecretAccessToken, SecretAppSecret, SecretVerifyToken} {
		if strings.TrimSpace(channel.Secrets[name]) == "" {
			return fault.Required("secrets." + name)
		}
	}
	if len(appSecrets(channel)) == 0 {
		return fault.Required("secrets." + SecretAppSecret)
	}
	if !isHeaderSafe(accessToken(channel)) {
		return fault.Field("secrets."+SecretAccessToken, "contém espaço ou caractere inválido: copie o token de novo")
	}
	return a.checkAddress(channel)
}

// longestID is more digits than any id of Meta's has.
const longestID = 32

func isNumber(id string) bool {
	return len(id) <= longestID && strings.Trim(id, "0123456789") == ""
}

func (a *Adapter) checkAddress(channel chat.Channel) error {
	base, err := url.Parse(baseURL(channel))
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return fault.Field("config."+ConfigBaseURL, "deve ser um endereço completo, como %s", DefaultBaseURL)
	}
	if a.production && base.Scheme != "https" {
		return fault.Field("config."+ConfigBaseURL, "deve começar com https://")
	}
	if base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return fault.Field("config."+ConfigBaseURL, "deve ser só o endereço, sem usuário, parâmetros ou fragmento")
	}
	if !versionForm.MatchString(version(channel)) {
		return fault.Field("config."+ConfigVersion, "deve ter a forma %s", DefaultVersion)
	}
	return nil
}

// endpoint builds the URL of a node of the Graph API. It joins texts on purpose: resolving "/id/messages"
// against the base would drop the version from the path.
func endpoint(channel chat.Channel, node string, edge string) string {
	address := baseURL(channel) + "/" + version(channel) + "/" + url.PathEscape(strings.TrimSpace(node))
	if edge != "" {
		address += "/" + edge
	}
	return address
}

func baseURL(channel chat.Channel) string {
	base := strings.TrimRight(strings.TrimSpace(channel.Config[ConfigBaseURL]), "/")
	if base == "" {
		return DefaultBaseURL
	}
	return base
}

func version(channel chat.Channel) string {
	if named := strings.TrimSpace(channel.Config[ConfigVersion]); named != "" {
		return named
	}
	return DefaultVersion
}

func accessToken(channel chat.Channel) string {
	return strings.TrimSpace(channel.Secrets[SecretAccessToken])
}

// appSecrets gives the secrets that may have signed a webhook, the newest first as the user wrote them.
func appSecrets(channel chat.Channel) []string {
	var secrets []string
	for part := range strings.SplitSeq(channel.Secrets[SecretAppSecret], ",") {
		if secret := strings.TrimSpace(part); secret != "" {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// isHeaderSafe tells whether a token can stand in a header: printable ASCII without spaces.
func isHeaderSafe(token string) bool {
	for i := 0; i < len(token); i++ {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return false
		}
	}
	return true
}
