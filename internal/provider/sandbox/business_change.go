package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"retoma/internal/fault"
)

// BusinessChange changes what Meta has decided about a business's number or account; what is nil stays as it is.
type BusinessChange struct {
	Status            *string    `json:"status"`
	Quality           *string    `json:"quality"`
	Throughput        *string    `json:"throughput"`
	MessagingLimit    *string    `json:"messagingLimit"`
	PairLimit         *bool      `json:"pairLimit"`
	ManagementPerHour *int       `json:"managementPerHour"`
	MarketingPerDay   *int       `json:"marketingPerDay"`
	TestRecipients    *[]string  `json:"testRecipients"`
	PortfolioID       *string    `json:"portfolioId"`
	TokenExpiresAt    *time.Time `json:"tokenExpiresAt"`
	Scopes            *[]string  `json:"scopes"`
	Unsubscribed      *bool      `json:"unsubscribed"`
	// CallbackURL is where webhooks go from now on; empty: nowhere.
	CallbackURL *string `json:"callbackUrl"`
}

// ChangeBusiness changes a business; an empty id is the demonstration business. Changes of status, quality, throughput and messaging limit
// are told by webhook, as Meta tells of them.
func (s *Server) ChangeBusiness(phoneNumberID string, change BusinessChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeBusiness(phoneNumberID, change)
}

func (s *Server) changeBusiness(phoneNumberID string, change BusinessChange) error {
	b, err := s.registry.choose("", phoneNumberID)
	if err != nil {
		return err
	}
	before, changed := *b, *b
	change.apply(&changed)
	if err := changed.check(); err != nil {
		return err
	}
	*b = changed
	if change.Unsubscribed != nil {
		s.registry.accounts[b.WabaID].subscribed = !*change.Unsubscribed
	}
	s.tellBusiness(&before, b)
	return nil
}

func (c BusinessChange) apply(b *Business) {
	set(&b.Status, c.Status)
	set(&b.Quality, c.Quality)
	set(&b.Throughput, c.Throughput)
	set(&b.MessagingLimit, c.MessagingLimit)
	set(&b.ManagementPerHour, c.ManagementPerHour)
	set(&b.MarketingPerDay, c.MarketingPerDay)
	set(&b.TestRecipients, c.TestRecipients)
	set(&b.PortfolioID, c.PortfolioID)
	set(&b.TokenExpiresAt, c.TokenExpiresAt)
	set(&b.Scopes, c.Scopes)
	set(&b.CallbackURL, c.CallbackURL)
	if c.PairLimit != nil {
		b.PairLimit = c.PairLimit
	}
}

func set[T any](field *T, wanted *T) {
	if wanted != nil {
		*field = *wanted
	}
}

// tellBusiness sends the webhooks that say what changed (providers.md 1.6).
func (s *Server) tellBusiness(before, now *Business) {
	shown := digits(now.DisplayPhoneNumber)
	quality := func(event string) {
		s.tellAccount(now.WabaID, "phone_number_quality_update", map[string]any{"display_phone_number": shown, "event": event,
			"max_daily_conversations_per_business": orText(now.MessagingLimit, "TIER_2K")})
	}
	if before.Status != now.Status {
		switch {
		case now.Status == "FLAGGED":
			quality("FLAGGED")
		case before.Status == "FLAGGED" && now.blockedState() == nil:
			quality("UNFLAGGED")
		case now.Status == "BANNED":
			s.tellAccount(now.WabaID, "account_update", map[string]any{"event": "DISABLED_UPDATE",
				"ban_info": map[string]string{"waba_ban_state": "DISABLE", "waba_ban_date": s.now().Format("January 2, 2006")}})
		case before.Status == "BANNED":
			s.tellAccount(now.WabaID, "account_update", map[string]any{"event": "DISABLED_UPDATE",
				"ban_info": map[string]string{"waba_ban_state": "REINSTATE", "waba_ban_date": s.now().Format("January 2, 2006")}})
		}
	}
	if before.level() != now.level() && now.level() == "HIGH" {
		quality("THROUGHPUT_UPGRADE")
	}
	if tier := messagingTiers[now.MessagingLimit]; before.MessagingLimit != now.MessagingLimit && now.MessagingLimit != "" {
		if tier == 0 {
			tier = -1 // Meta's way of writing "no limit"
		}
		s.tellAccount(now.WabaID, "business_capability_update", map[string]any{"max_daily_conversations_per_business": tier, "max_phone_numbers_per_business": 25})
	}
}

// checkState refuses states and limits that Meta does not have.
func (b Business) checkState() error {
	for _, field := range []struct {
		name, value string
		known       []string
	}{
		{"throughput", b.Throughput, []string{"STANDARD", "HIGH", "COEXISTENCE"}},
		{"messagingLimit", b.MessagingLimit, []string{"TIER_250", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"}},
		{"quality", b.Quality, []string{"GREEN", "YELLOW", "RED", "UNKNOWN", "NA"}},
		{"status", b.Status, []string{"CONNECTED", "PENDING", "FLAGGED", "RESTRICTED", "RATE_LIMITED", "BANNED", "DISCONNECTED", "UNVERIFIED", "MIGRATED", "DELETED"}},
	} {
		if field.value != "" && !slices.Contains(field.known, field.value) {
			return fault.Field(field.name, "deve ser um de: %s", strings.Join(field.known, ", "))
		}
	}
	switch {
	case b.ManagementPerHour < 0:
		return fault.Field("managementPerHour", "não pode ser negativo")
	case b.MarketingPerDay < 0:
		return fault.Field("marketingPerDay", "não pode ser negativo")
	}
	return nil
}

func (s *Server) postBusinessChange(r *http.Request) (any, error) {
	var change BusinessChange
	if err := readJSON(r, &change); err != nil {
		return nil, err
	}
	id := r.PathValue("phoneNumberID")
	if err := s.ChangeBusiness(id, change); err != nil {
		return nil, err
	}
	return map[string]string{"phoneNumberId": id}, nil
}
