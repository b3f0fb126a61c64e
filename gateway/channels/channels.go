package channels

import (
	"maps"
	"slices"
	"time"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// channelView is a channel as it is shown: credentials go in and never come out, only their names.
type channelView struct {
	ID            string               `json:"id"`
	Name          string               `json:"name"`
	Provider      string               `json:"provider"`
	Phone         string               `json:"phone"`
	Account       string               `json:"account"`
	WebhookURL    string               `json:"webhookUrl" doc:"o endereço a cadastrar no provedor; vazio para quem só lê, pois quem o conhece pode dar comandos"`
	TypebotURL    string               `json:"typebotUrl" doc:"o endereço do bloco HTTP Request do Typebot; vazio para quem só lê"`
	Config        map[string]string    `json:"config"`
	SecretNames   []string             `json:"secretNames" doc:"as credenciais que existem; seus valores nunca saem"`
	Online        bool                 `json:"online"`
	OfflineReason string               `json:"offlineReason,omitempty"`
	Restriction   *restrictionView     `json:"restriction,omitempty" doc:"até quando o provedor recusa mensagens, e quais"`
	Outage        *outageView          `json:"outage,omitempty" doc:"a recusa que tirou o canal do ar"`
	MarketingRest *time.Time           `json:"marketingRestUntil,omitempty" doc:"até quando este número não envia marketing"`
	Limits        []limitView          `json:"limits" doc:"o que o provedor segura agora, até quando e o que fazer; os modelos em espera só em GET /api/channels/{id}"`
	PausedAt      *time.Time           `json:"pausedAt,omitempty"`
	AllowList     web.OrNull[[]string] `json:"allowList" doc:"null: envia a todos"`
	PerSecond     int                  `json:"perSecond"`
	PairSeconds   int                  `json:"pairSeconds"`
	Timezone      string               `json:"timezone,omitempty"`
	OnUnconfirmed chat.OnUnconfirmed   `json:"onUnconfirmed"`
	EvidenceAfter int                  `json:"evidenceAfterMinutes" doc:"com onUnconfirmed evidence: quantos minutos depois do envio a evidência é pesada"`
	Number        numberView           `json:"number" doc:"o que o provedor diz do número"`
	SyncedAt      *time.Time           `json:"syncedAt,omitempty" doc:"quando os templates foram lidos"`
	HeardAt       *time.Time           `json:"heardAt,omitempty" doc:"quando chegou o último webhook certo"`
	CreatedAt     time.Time            `json:"createdAt"`
}

// numberView is what the provider says of the number, in its own words; what it has not said is absent.
type numberView struct {
	Quality      string     `json:"quality,omitempty" doc:"GREEN, YELLOW, RED"`
	Status       string     `json:"status,omitempty" doc:"CONNECTED, FLAGGED, RESTRICTED ..."`
	Tier         string     `json:"tier,omitempty" doc:"quantas pessoas por dia podem receber a primeira mensagem: TIER_250, TIER_2K ..."`
	Throughput   int        `json:"throughput,omitempty" doc:"mensagens por segundo"`
	VerifiedName string     `json:"verifiedName,omitempty"`
	NameStatus   string     `json:"nameStatus,omitempty"`
	CheckedAt    *time.Time `json:"checkedAt,omitempty"`
}

// viewFor is what a caller is shown of channels. The secret of a webhook's path is the credential of Typebot's block: whoever
// reads it can enrol people and let them go, so it is for those who may do that anyway.
func (h *Handlers) viewFor(caller web.Caller) func(chat.Channel) channelView {
	may := caller.Role != chat.RoleViewer && (caller.HasScope("commands:write") || caller.HasScope("channels:write"))
	return func(c chat.Channel) channelView {
		view := h.viewChannel(c)
		if !may {
			view.WebhookURL, view.TypebotURL = "", ""
		}
		return view
	}
}

func (h *Handlers) viewChannel(c chat.Channel) channelView {
	view := channelView{
		ID: c.ID, Name: c.Name, Provider: c.Provider, Phone: c.Phone, Account: c.Account, Config: c.Config,
		WebhookURL: h.PublicURL + "/webhooks/" + c.Provider + "/" + c.Token, TypebotURL: h.PublicURL + "/typebot/webhook/" + c.Token,
		SecretNames: slices.Sorted(maps.Keys(c.Secrets)), Online: c.Online, OfflineReason: c.OfflineReason, PausedAt: web.When(c.PausedAt),
		PerSecond: c.PerSecond, PairSeconds: c.PairSeconds, Timezone: c.Timezone, OnUnconfirmed: c.OnUnconfirmed, EvidenceAfter: int(c.EvidenceAfter() / time.Minute), CreatedAt: c.CreatedAt.UTC(),
		SyncedAt: web.When(c.SyncedAt), HeardAt: web.When(c.HeardAt), Number: numberView{
			Quality: c.Number.Quality, Status: c.Number.Status, Tier: c.Number.Tier, Throughput: c.Number.Throughput,
			VerifiedName: c.Number.VerifiedName, NameStatus: c.Number.NameStatus, CheckedAt: web.When(c.Number.CheckedAt),
		},
	}
	view.Limits = limitsOf(c, h.Now())
	if rest := c.Limits.MarketingRest; rest.After(h.Now()) {
		view.MarketingRest = web.When(rest)
	}
	if outage := c.Limits.Outage; outage != nil && !c.Online {
		view.Outage = &outageView{Code: string(outage.Code), Number: outage.Number, LiftedBy: string(outage.Lift), Since: outage.Since}
	}
	if view.Config == nil {
		view.Config = map[string]string{}
	}
	if view.SecretNames == nil {
		view.SecretNames = []string{}
	}
	if c.AllowList != nil {
		view.AllowList = web.Just(c.AllowList)
	}
	if c.Restriction.Forbids(h.Now(), false) {
		view.Restriction = &restrictionView{AnswersAllowed: c.Restriction.AnswersAllowed, Until: c.Restriction.Until.UTC(), Reason: c.Restriction.Reason}
	}
	return view
}

// restrictionView is a time in which the provider refuses messages.
type restrictionView struct {
	AnswersAllowed bool      `json:"answersAllowed" doc:"respostas em janela aberta ainda podem sair"`
	Until          time.Time `json:"until"`
	Reason         string    `json:"reason"`
}

// outageView is why a channel cannot send.
type outageView struct {
	Code     string    `json:"code"`
	Number   string    `json:"number,omitempty" doc:"o código do provedor"`
	LiftedBy string    `json:"liftedBy" enum:"probe,person" doc:"probe: volta sozinho quando uma verificação passa; person: só com /resume ou aviso do provedor"`
	Since    time.Time `json:"since"`
}

// channelBody is what callers may set.
type channelBody struct {
	Name          *string             `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Provider      *string             `json:"provider,omitempty" minLength:"1" doc:"nome do provedor, como meta"`
	Phone         *people.PhoneText   `json:"phone,omitempty" doc:"o número do negócio"`
	Account       *string             `json:"account,omitempty" maxLength:"200" doc:"id do número no provedor (Meta: phone_number_id)"`
	Config        map[string]string   `json:"config,omitempty" doc:"baseUrl, version, wabaId ..."`
	Secrets       map[string]string   `json:"secrets,omitempty" doc:"credenciais: só as que mudam; texto vazio remove"`
	AllowList     allowList           `json:"allowList,omitzero" doc:"só estes números recebem; null libera todos"`
	PerSecond     *int                `json:"perSecond,omitempty" minimum:"0" maximum:"100000"`
	PairSeconds   *int                `json:"pairSeconds,omitempty" minimum:"0" maximum:"3600"`
	Timezone      *string             `json:"timezone,omitempty" maxLength:"64" doc:"nome IANA; vazio usa o da empresa"`
	OnUnconfirmed *chat.OnUnconfirmed `json:"onUnconfirmed,omitempty" enum:"hold,evidence,resend" doc:"o que fazer com um envio que ninguém sabe se saiu: hold: a equipe decide; evidence: reenvia se nada que o provedor contou foi perdido desde o envio e mensagens posteriores foram confirmadas, senão a equipe decide; resend: reenvia"`
	EvidenceAfter *int                `json:"evidenceAfterMinutes,omitempty" minimum:"1" maximum:"1440" doc:"com onUnconfirmed evidence: quantos minutos depois do envio a evidência é pesada; 15 se não for dito"`
}

// apply writes what is named into a channel; it refuses what can never be right.
func (b channelBody) apply(c *chat.Channel) error {
	for from, to := range map[*string]*string{b.Name: &c.Name, b.Account: &c.Account} {
		if from != nil {
			*to = *from
		}
	}
	if b.Phone != nil {
		phone, err := chat.ParsePhone(string(*b.Phone), "")
		if err != nil {
			return fault.Field("phone", "%s", fault.Of(err).Message)
		}
		c.Phone = phone
	}
	if b.Config != nil {
		c.Config = b.Config
	}
	if err := b.AllowList.apply(c); err != nil {
		return err
	}
	if b.Timezone != nil {
		if _, err := calendar.Zone(*b.Timezone); err != nil && *b.Timezone != "" {
			return err
		}
		c.Timezone = *b.Timezone
	}
	if b.PerSecond != nil {
		c.PerSecond = *b.PerSecond
	}
	if b.PairSeconds != nil {
		c.PairSeconds = *b.PairSeconds
	}
	if b.OnUnconfirmed != nil {
		c.OnUnconfirmed = *b.OnUnconfirmed
	}
	if b.EvidenceAfter != nil {
		c.EvidenceMinutes = *b.EvidenceAfter
	}
	c.Secrets = mergeSecrets(c.Secrets, b.Secrets)
	return nil
}

// mergeSecrets changes the named credentials only; an empty one is removed.
func mergeSecrets(before, change map[string]string) map[string]string {
	merged := maps.Clone(before)
	if merged == nil {
		merged = map[string]string{}
	}
	for name, value := range change {
		if value == "" {
			delete(merged, name)
			continue
		}
		merged[name] = value
	}
	return merged
}

// checkConfig lets the adapter refuse what could not work.
func (h *Handlers) checkConfig(c chat.Channel) error {
	adapter, known := h.Providers[c.Provider]
	if !known {
		return fault.Field("provider", "provedor desconhecido: use %s", web.Joined(web.SortedKeys(h.Providers)))
	}
	if checker, can := adapter.(provider.ConfigChecker); can {
		return checker.CheckConfig(c)
	}
	return nil
}
