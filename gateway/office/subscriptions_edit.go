package office

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/gateway/web"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// overlapHours is how long the former secret signs too, if nothing else is said.
const overlapHours = 24

// SubscriptionBody is what may be said of a subscription when it is made and when it is changed.
type SubscriptionBody struct {
	Event       *string  `json:"event,omitempty" maxLength:"64" doc:"um evento, ou * para todos; para vários use events"`
	Events      []string `json:"events,omitempty" maxItems:"50" doc:"vários eventos"`
	URL         *string  `json:"url,omitempty" maxLength:"2048" doc:"https://..., sem usuário e senha; redirecionamentos não são seguidos"`
	Description *string  `json:"description,omitempty" maxLength:"500"`
}

type createSubscriptionIn struct {
	Body struct {
		SubscriptionBody
		Secret *string `json:"secret,omitempty" maxLength:"200" doc:"whsec_ e 24 a 64 bytes em base64; ausente: é criado e mostrado uma vez"`
	}
}

// createSubscription makes a subscription. What happens after the answer is told to it.
func (h *Handlers) createSubscription(ctx context.Context, in *createSubscriptionIn) (*web.Answer[subscriptionView], error) {
	b := in.Body
	switch {
	case b.Event == nil && b.Events == nil:
		return nil, fault.Required("event")
	case b.URL == nil:
		return nil, fault.Required("url")
	}
	made := desk.Subscription{ID: h.NewID(), TenantID: web.TenantOf(ctx), CreatedAt: web.Stamp(h.Now())}
	made.UpdatedAt = made.CreatedAt
	secret, err := givenOrMade(b.Secret)
	if err != nil {
		return nil, err
	}
	made.Secret = secret
	if err := b.apply(&made); err != nil {
		return nil, err
	}
	if err := h.checkSubscription(made); err != nil {
		return nil, err
	}
	all, err := h.Store.Subscriptions(ctx, made.TenantID)
	if err != nil {
		return nil, err
	}
	if len(all) >= mostSubscriptions {
		return nil, fault.New(fault.Conflict, "há %d assinaturas, o máximo: remova uma", mostSubscriptions)
	}
	if err := h.Store.CreateSubscription(ctx, made); err != nil {
		return nil, err
	}
	view := h.viewSubscription(made)
	if b.Secret == nil {
		view.Secret = secret
	}
	return web.Created(view)
}

type changeSubscriptionIn struct {
	ID   string `path:"id"`
	Body struct {
		SubscriptionBody
		Enabled *bool `json:"enabled,omitempty" doc:"false desliga: o que acontecer até ligar de novo não é contado; true liga e continua com o que faltava"`
	}
}

// changeSubscription changes what the body names. A new address, or turning it on, forgets earlier failures.
func (h *Handlers) changeSubscription(ctx context.Context, in *changeSubscriptionIn) (*web.Answer[subscriptionView], error) {
	id, err := web.PathID(in.ID, subscriptionMissing)
	if err != nil {
		return nil, err
	}
	changed, err := h.Store.ChangeSubscription(ctx, web.TenantOf(ctx), id, func(one *desk.Subscription) error {
		before := one.URL
		if err := in.Body.apply(one); err != nil {
			return err
		}
		if err := h.checkSubscription(*one); err != nil {
			return err
		}
		switch enabled := in.Body.Enabled; {
		case enabled == nil:
		case *enabled:
			one.DisabledAt, one.DisabledReason = time.Time{}, ""
		case one.DisabledAt.IsZero():
			one.DisabledAt, one.DisabledReason = web.Stamp(h.Now()), desk.DisabledByPerson
		}
		if one.URL != before || in.Body.Enabled != nil && *in.Body.Enabled {
			one.FailingSince, one.Failures, one.RestUntil = time.Time{}, 0, time.Time{}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return web.OK(h.viewSubscription(changed))
}

type rotateIn struct {
	ID   string `path:"id"`
	Body struct {
		Secret       *string `json:"secret,omitempty" maxLength:"200" doc:"whsec_...; ausente: é criado e mostrado uma vez"`
		OverlapHours *int    `json:"overlapHours,omitempty" minimum:"0" maximum:"720" doc:"por quantas horas o segredo anterior também assina; 24 se não for dado, 0 o troca na hora"`
	}
}

// rotateSubscription changes the secret; for a while both sign.
func (h *Handlers) rotateSubscription(ctx context.Context, in *rotateIn) (*web.Answer[subscriptionView], error) {
	id, err := web.PathID(in.ID, subscriptionMissing)
	if err != nil {
		return nil, err
	}
	secret, err := givenOrMade(in.Body.Secret)
	if err != nil {
		return nil, err
	}
	hours := overlapHours
	if in.Body.OverlapHours != nil {
		hours = *in.Body.OverlapHours
	}
	changed, err := h.Store.ChangeSubscription(ctx, web.TenantOf(ctx), id, func(one *desk.Subscription) error {
		one.FormerSecret, one.FormerUntil = one.Secret, web.Stamp(h.Now()).Add(time.Duration(hours)*time.Hour)
		if hours == 0 {
			one.FormerSecret, one.FormerUntil = "", time.Time{}
		}
		one.Secret = secret
		return h.checkSubscription(*one)
	})
	if err != nil {
		return nil, err
	}
	view := h.viewSubscription(changed)
	if in.Body.Secret == nil {
		view.Secret = secret
	}
	return web.OK(view)
}

func (b SubscriptionBody) apply(one *desk.Subscription) error {
	if b.Event != nil && b.Events != nil {
		return fault.Field("event", "use event ou events, não os dois")
	}
	if b.Event != nil {
		if !desk.KnownEvent(*b.Event) {
			return unknownEvent("event")
		}
		one.Events = []string{*b.Event}
	}
	if b.Events != nil {
		events, err := eventsOf(b.Events)
		if err != nil {
			return err
		}
		one.Events = events
	}
	if b.URL != nil {
		one.URL = strings.TrimSpace(*b.URL)
	}
	if b.Description != nil {
		one.Description = strings.TrimSpace(*b.Description)
	}
	return nil
}

// eventsOf checks a list of events. With * among them the others say nothing.
func eventsOf(given []string) ([]string, error) {
	if len(given) == 0 {
		return nil, fault.Required("events")
	}
	for i, name := range given {
		if !desk.KnownEvent(name) {
			return nil, unknownEvent(fmt.Sprintf("events[%d]", i))
		}
	}
	if slices.Contains(given, desk.EveryEvent) {
		return []string{desk.EveryEvent}, nil
	}
	return web.Unique(given), nil
}

func unknownEvent(field string) error {
	return fault.Field(field, "evento desconhecido: use * ou %s", web.Joined(desk.OutgoingEvents()))
}

func (h *Handlers) checkSubscription(one desk.Subscription) error {
	if !validSecret(one.Secret) {
		return fault.Field("secret", "use whsec_ seguido de 24 a 64 bytes em base64")
	}
	if h.CheckSubscription == nil {
		return nil
	}
	return h.CheckSubscription(one.URL, one.Secret)
}

// givenOrMade is the caller's secret, or a new one of 32 random bytes.
func givenOrMade(given *string) (string, error) {
	if given != nil {
		return *given, nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), nil
}
