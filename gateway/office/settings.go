package office

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type settingsView struct {
	Name               string          `json:"name"`
	Timezone           string          `json:"timezone"`
	SendingHours       *calendar.Hours `json:"sendingHours,omitempty"`
	Retry              retryView       `json:"retry"`
	MaxLatenessMinutes int             `json:"maxLatenessMinutes"`
	Notify             notifyView      `json:"notify"`
	OptOutWords        []string        `json:"optOutWords"`
	OptOutReply        string          `json:"optOutReply,omitempty"`
	HandoffHours       int             `json:"handoffHours"`
	Automatic          automaticView   `json:"automatic"`
	AI                 aiView          `json:"ai"`
	Typebot            typebotView     `json:"typebot"`
	Retention          retentionView   `json:"retention" doc:"por quantos dias se guarda; 0: para sempre"`
	PausedAt           *time.Time      `json:"pausedAt,omitempty"`
}

type retryView struct {
	Tries        int   `json:"tries" minimum:"1" maximum:"10" doc:"tentativas ao todo"`
	DelaySeconds []int `json:"delaySeconds" minItems:"1" maxItems:"10" minimum:"1" maximum:"86400"`
}

type notifyView struct {
	// URLs hold passwords of mail servers and tokens of bots, so only their kinds are shown.
	Kinds            []string `json:"kinds" doc:"os tipos dos destinos; os endereços não são mostrados, pois contêm senhas"`
	WebhookURL       string   `json:"webhookUrl,omitempty"`
	HasWebhookSecret bool     `json:"hasWebhookSecret"`
}

func viewSettings(t chat.Tenant) (settingsView, error) {
	s := t.Settings.WithDefaults()
	view := settingsView{
		Name: t.Name, Timezone: s.Timezone, Retry: retryView{Tries: s.Retry.Tries, DelaySeconds: s.Retry.DelaySeconds},
		MaxLatenessMinutes: s.MaxLateness, OptOutWords: s.OptOutWords, OptOutReply: s.OptOutReply, HandoffHours: s.HandoffHours,
		PausedAt: web.When(t.PausedAt), Automatic: automaticView(s.Automatic), AI: viewAI(s.AI), Typebot: viewTypebot(s.Typebot),
		Retention: retentionView(s.Retention.Days()),
		Notify:    notifyView{Kinds: []string{}, WebhookURL: s.Notify.WebhookURL, HasWebhookSecret: s.Notify.WebhookSecret != ""},
	}
	for _, address := range s.Notify.URLs {
		kind, _, _ := strings.Cut(address, ":")
		view.Notify.Kinds = append(view.Notify.Kinds, kind)
	}
	if view.OptOutWords == nil {
		view.OptOutWords = []string{}
	}
	if len(s.SendingHours) > 0 && string(s.SendingHours) != "null" {
		view.SendingHours = &calendar.Hours{}
		if err := json.Unmarshal(s.SendingHours, view.SendingHours); err != nil {
			return view, fault.Wrap(fault.Internal, err, "horário de envio ilegível")
		}
	}
	return view, nil
}

func (h *Handlers) getSettings(ctx context.Context, _ *web.Nothing) (*web.Answer[settingsView], error) {
	tenant, err := h.Store.Tenant(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return settingsAnswer(tenant)
}

func settingsAnswer(tenant chat.Tenant) (*web.Answer[settingsView], error) {
	view, err := viewSettings(tenant)
	if err != nil {
		return nil, err
	}
	return web.OK(view)
}

type settingsIn struct {
	Body struct {
		Name               *string                       `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Timezone           *string                       `json:"timezone,omitempty" maxLength:"64" doc:"nome IANA"`
		SendingHours       *web.Document[calendar.Hours] `json:"sendingHours,omitempty" doc:"{} deixa sempre aberto"`
		Retry              *retryView                    `json:"retry,omitempty"`
		MaxLatenessMinutes *int                          `json:"maxLatenessMinutes,omitempty" minimum:"1" maximum:"10080"`
		Notify             *notifyBody                   `json:"notify,omitempty"`
		OptOutWords        []string                      `json:"optOutWords,omitempty" maxItems:"100"`
		OptOutReply        *string                       `json:"optOutReply,omitempty" maxLength:"1000"`
		HandoffHours       *int                          `json:"handoffHours,omitempty" minimum:"1" maximum:"720"`
		Automatic          *automaticBody                `json:"automatic,omitempty"`
		AI                 *aiBody                       `json:"ai,omitempty"`
		Typebot            *typebotBody                  `json:"typebot,omitempty"`
		Retention          *retentionBody                `json:"retention,omitempty" doc:"dias; 0: para sempre; null: o padrão"`
	}
}

type notifyBody struct {
	URLs       []string `json:"urls,omitempty" maxItems:"20" doc:"destinos no formato da biblioteca shoutrrr, como smtp:// ou slack://"`
	WebhookURL *string  `json:"webhookUrl,omitempty" maxLength:"2000" doc:"POST assinado (Standard Webhooks); vazio desliga"`
	// WebhookSecret goes in and never comes out.
	WebhookSecret *string `json:"webhookSecret,omitempty" maxLength:"200" doc:"whsec_...; entra e nunca sai."`
}

// putSettings changes what the body names.
func (h *Handlers) putSettings(ctx context.Context, in *settingsIn) (*web.Answer[settingsView], error) {
	changed, err := h.Store.ChangeTenant(ctx, web.TenantOf(ctx), func(t *chat.Tenant) error {
		if err := in.apply(t); err != nil || in.Body.Notify == nil || h.CheckNotify == nil {
			return err
		}
		return h.CheckNotify(t.Settings.Notify)
	})
	if err != nil {
		return nil, err
	}
	return settingsAnswer(changed)
}

func (in *settingsIn) apply(t *chat.Tenant) error {
	b := in.Body
	if b.Name != nil {
		t.Name = strings.TrimSpace(*b.Name)
	}
	if b.Timezone != nil {
		if _, err := calendar.Zone(*b.Timezone); err != nil {
			return err
		}
		t.Settings.Timezone = *b.Timezone
	}
	if b.SendingHours != nil {
		hours, err := readHours("sendingHours", b.SendingHours.Raw)
		if err != nil {
			return err
		}
		t.Settings.SendingHours = hours
	}
	if b.Retry != nil {
		t.Settings.Retry = chat.RetrySettings{Tries: b.Retry.Tries, DelaySeconds: b.Retry.DelaySeconds}
	}
	if b.MaxLatenessMinutes != nil {
		t.Settings.MaxLateness = *b.MaxLatenessMinutes
	}
	if b.OptOutWords != nil {
		t.Settings.OptOutWords = web.Unique(b.OptOutWords)
	}
	if b.OptOutReply != nil {
		t.Settings.OptOutReply = *b.OptOutReply
	}
	if b.HandoffHours != nil {
		t.Settings.HandoffHours = *b.HandoffHours
	}
	if b.Automatic != nil {
		b.Automatic.apply(&t.Settings.Automatic)
	}
	if b.Retention != nil {
		b.Retention.apply(&t.Settings.Retention)
	}
	if b.AI != nil {
		if err := b.AI.apply(&t.Settings.AI); err != nil {
			return err
		}
	}
	if b.Typebot != nil {
		if err := b.Typebot.apply(&t.Settings.Typebot); err != nil {
			return err
		}
	}
	if b.Notify == nil {
		return nil
	}
	return b.Notify.apply(&t.Settings.Notify)
}

// readHours checks sending hours and gives them as they are stored; hours that limit nothing are stored as none.
func readHours(field string, raw json.RawMessage) (json.RawMessage, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	var hours calendar.Hours
	if err := flows.DecodeStrict(field, raw, &hours); err != nil {
		return nil, err
	}
	if err := hours.Validate(field); err != nil {
		return nil, err
	}
	if hours.IsZero() {
		return nil, nil
	}
	return json.Marshal(hours)
}

func (b notifyBody) apply(n *chat.Notify) error {
	for i, address := range b.URLs {
		if kind, rest, found := strings.Cut(address, "://"); !found || kind == "" || rest == "" {
			return fault.Field(fmt.Sprintf("notify.urls[%d]", i), "endereço inválido: use a forma tipo://...")
		}
	}
	if b.URLs != nil {
		n.URLs = slices.Clone(b.URLs)
	}
	if b.WebhookURL != nil {
		if *b.WebhookURL != "" && !flows.IsWebLink(*b.WebhookURL) {
			return fault.Field("notify.webhookUrl", "endereço inválido: comece com http:// ou https://")
		}
		n.WebhookURL = *b.WebhookURL
	}
	if b.WebhookSecret != nil {
		if *b.WebhookSecret != "" && !validSecret(*b.WebhookSecret) {
			return fault.Field("notify.webhookSecret", "use whsec_ seguido de 24 a 64 bytes em base64")
		}
		n.WebhookSecret = *b.WebhookSecret
	}
	if n.WebhookURL != "" && n.WebhookSecret == "" {
		return fault.Required("notify.webhookSecret")
	}
	return nil
}

const secretPrefix = "whsec_"

// validSecret checks the form of the Standard Webhooks specification.
func validSecret(text string) bool {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return found && err == nil && len(raw) >= 24 && len(raw) <= 64
}

// pauseTenant stops everything automatic of the tenant at once.
func (h *Handlers) pauseTenant(ctx context.Context, _ *web.Nothing) (*web.Answer[settingsView], error) {
	return h.setPause(ctx, func(t *chat.Tenant) {
		if t.PausedAt.IsZero() {
			t.PausedAt = h.Now()
		}
	})
}

func (h *Handlers) resumeTenant(ctx context.Context, _ *web.Nothing) (*web.Answer[settingsView], error) {
	answer, err := h.setPause(ctx, func(t *chat.Tenant) { t.PausedAt = time.Time{} })
	if err != nil {
		return nil, err
	}
	return answer, h.LetGo(ctx, "", "")
}

func (h *Handlers) setPause(ctx context.Context, change func(*chat.Tenant)) (*web.Answer[settingsView], error) {
	changed, err := h.Store.ChangeTenant(ctx, web.TenantOf(ctx), func(t *chat.Tenant) error {
		change(t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return settingsAnswer(changed)
}

// randomKey makes an API key: 32 random bytes.
func randomKey() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return web.KeyPrefix + fmt.Sprintf("%x", raw), nil
}
