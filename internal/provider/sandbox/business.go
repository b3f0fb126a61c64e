package sandbox

import (
	"net/url"
	"slices"
	"time"

	"retoma/internal/fault"
)

// Business is a WhatsApp number of a company as the sandbox knows it.
type Business struct {
	// PhoneNumberID and WabaID are the ids in Meta's paths; DisplayPhoneNumber is the number people see.
	PhoneNumberID      string `json:"phoneNumberId"`
	WabaID             string `json:"wabaId"`
	DisplayPhoneNumber string `json:"displayPhoneNumber"`
	VerifiedName       string `json:"verifiedName,omitempty"`
	// AccessToken is demanded as Bearer token; AppSecret signs the webhooks.
	AccessToken string `json:"accessToken"`
	AppSecret   string `json:"appSecret"`
	// CallbackURL receives the webhooks; empty means none are sent. VerifyToken goes into the verification call.
	CallbackURL string `json:"callbackUrl"`
	VerifyToken string `json:"verifyToken"`
	// ChannelID is a name of the caller's own by which phones may choose this business.
	ChannelID string `json:"channelId,omitempty"`
	// Unsubscribed begins as a WhatsApp account whose app was never subscribed: Meta then sends nothing, silently.
	Unsubscribed bool `json:"unsubscribed,omitempty"`
	// PortfolioID is the business portfolio: accounts of one share the messaging limit and their customers' user ids. Empty: the account's own.
	PortfolioID string `json:"portfolioId,omitempty"`
	// TokenExpiresAt is when AccessToken ends; zero is never. Scopes are its permissions; nil are the two that are needed.
	TokenExpiresAt time.Time `json:"tokenExpiresAt,omitzero"`
	Scopes         []string  `json:"scopes,omitempty"`
	// Throughput is STANDARD (80 messages a second, in and out), HIGH (1,000) or COEXISTENCE (20); MessagingLimit is TIER_250, TIER_2K, TIER_10K,
	// TIER_100K or TIER_UNLIMITED. PairLimit holds messages to one customer to one in six seconds. Empty: as Options.Strict says.
	Throughput     string `json:"throughput,omitempty"`
	MessagingLimit string `json:"messagingLimit,omitempty"`
	PairLimit      *bool  `json:"pairLimit,omitempty"`
	// ManagementPerHour bounds calls about the account; MarketingPerDay the marketing that one customer takes in a day; 0 is as Options.Strict
	// says, and for marketing no bound.
	ManagementPerHour int `json:"managementPerHour,omitempty"`
	MarketingPerDay   int `json:"marketingPerDay,omitempty"`
	// TestRecipients, if not nil, are the only customers that a test number may send to.
	TestRecipients []string `json:"testRecipients,omitempty"`
	// Status and Quality are what GET of the number shows; empty is CONNECTED and GREEN. Other states than CONNECTED, FLAGGED and PENDING refuse sends.
	Status  string `json:"status,omitempty"`
	Quality string `json:"quality,omitempty"`
	// Templates replace those of the whole WabaID; nil leaves them as they are.
	Templates []Template `json:"templates"`
}

// account is a WhatsApp Business Account (WABA): numbers share its templates and its webhook subscription.
type account struct {
	id         string
	subscribed bool
	templates  []*compiledTemplate
	// deleted is when a name was deleted in a language, which keeps it from being used again for 30 days.
	deleted map[string]time.Time
}

func (a *account) template(name, language string) *compiledTemplate {
	for _, t := range a.templates {
		if t.Name == name && t.Language == language {
			return t
		}
	}
	return nil
}

func (a *account) templateByID(id string) *compiledTemplate {
	for _, t := range a.templates {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// registry holds the businesses in the order of their registration. It has no lock of its own.
type registry struct {
	businesses map[string]*Business
	order      []string
	accounts   map[string]*account
}

func newRegistry() *registry {
	return &registry{businesses: map[string]*Business{}, accounts: map[string]*account{}}
}

// put adds or replaces a business; an error names the bad field. What Meta had decided about its number stays unless said otherwise.
func (r *registry) put(b Business) error {
	if err := b.check(); err != nil {
		return err
	}
	compiled, err := compileTemplates(b.Templates)
	if err != nil {
		return err
	}
	waba := r.accounts[b.WabaID]
	if waba == nil {
		waba = &account{id: b.WabaID, deleted: map[string]time.Time{}}
		r.accounts[b.WabaID] = waba
	}
	waba.subscribed = !b.Unsubscribed
	if b.Templates != nil {
		waba.templates = compiled
	}
	if known := r.businesses[b.PhoneNumberID]; known == nil {
		r.order = append(r.order, b.PhoneNumberID)
	} else {
		b.inherit(known)
	}
	b.Templates = nil
	r.businesses[b.PhoneNumberID] = &b
	return nil
}

// inherit keeps what Meta had decided about a number, where the new registration says nothing of it.
func (b *Business) inherit(known *Business) {
	b.Throughput, b.MessagingLimit = orText(b.Throughput, known.Throughput), orText(b.MessagingLimit, known.MessagingLimit)
	b.Status, b.Quality, b.PortfolioID = orText(b.Status, known.Status), orText(b.Quality, known.Quality), orText(b.PortfolioID, known.PortfolioID)
	if b.PairLimit == nil {
		b.PairLimit = known.PairLimit
	}
	if b.ManagementPerHour == 0 {
		b.ManagementPerHour = known.ManagementPerHour
	}
	if b.MarketingPerDay == 0 {
		b.MarketingPerDay = known.MarketingPerDay
	}
	if b.TestRecipients == nil {
		b.TestRecipients = known.TestRecipients
	}
}

func (b Business) check() error {
	switch {
	case b.PhoneNumberID == "":
		return fault.Required("phoneNumberId")
	case b.WabaID == "":
		return fault.Required("wabaId")
	case b.PhoneNumberID == b.WabaID:
		return fault.Field("wabaId", "deve ser diferente de phoneNumberId")
	case digits(b.DisplayPhoneNumber) == "":
		return fault.Required("displayPhoneNumber")
	case b.AccessToken == "":
		return fault.Required("accessToken")
	}
	if err := b.checkState(); err != nil || b.CallbackURL == "" {
		return err
	}
	if parsed, err := url.Parse(b.CallbackURL); err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return fault.Field("callbackUrl", "deve ser um endereço http ou https completo")
	}
	return nil
}

// choose finds the business a phone writes to: by channel id, by phone number id, or the first one.
func (r *registry) choose(channelID, phoneNumberID string) (*Business, error) {
	if channelID == "" && phoneNumberID == "" {
		if len(r.order) == 0 {
			return nil, fault.New(fault.NotFound, "nenhuma empresa cadastrada; use POST api/businesses")
		}
		return r.businesses[r.order[0]], nil
	}
	for _, id := range r.order {
		b := r.businesses[id]
		if (phoneNumberID == "" || b.PhoneNumberID == phoneNumberID) && (channelID == "" || b.ChannelID == channelID) {
			return b, nil
		}
	}
	return nil, fault.New(fault.NotFound, "empresa não encontrada")
}

// list is every business with its account's templates, in order of registration.
func (r *registry) list() []Business {
	out := make([]Business, 0, len(r.order))
	for _, id := range r.order {
		b := *r.businesses[id]
		waba := r.accounts[b.WabaID]
		b.Unsubscribed = !waba.subscribed
		b.Templates = make([]Template, 0, len(waba.templates))
		for _, t := range waba.templates {
			b.Templates = append(b.Templates, t.Template)
		}
		out = append(out, b)
	}
	return slices.Clip(out)
}

// digits keeps the digits of a phone number however it was written.
func digits(number string) string {
	out := make([]byte, 0, len(number))
	for i := range len(number) {
		if c := number[i]; c >= '0' && c <= '9' {
			out = append(out, c)
		}
	}
	return string(out)
}
