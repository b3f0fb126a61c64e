package office

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

const subscriptionMissing = "Assinatura não encontrada"

// mostSubscriptions bounds how much one fact of a tenant can set off.
const mostSubscriptions = 50

type subscriptionView struct {
	ID              string     `json:"id"`
	URL             string     `json:"url"`
	Events          []string   `json:"events" doc:"* são todos, também os que ainda vierem a existir"`
	Description     string     `json:"description,omitempty"`
	Enabled         bool       `json:"enabled"`
	DisabledAt      *time.Time `json:"disabledAt,omitempty"`
	DisabledReason  string     `json:"disabledReason,omitempty" enum:"person,gone,failures" doc:"person: pela API; gone: o endereço respondeu 410; failures: dias só de falhas"`
	FailingSince    *time.Time `json:"failingSince,omitempty" doc:"a primeira falha desde a última entrega aceita"`
	Failures        int        `json:"failures,omitempty" doc:"falhas seguidas"`
	LastDeliveredAt *time.Time `json:"lastDeliveredAt,omitempty"`
	// FormerUntil is until when the secret before the present one signs too.
	FormerUntil *time.Time `json:"formerSecretUntil,omitempty" doc:"até quando o segredo anterior também assina"`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`
	// Secret is shown in the answer that makes it and never again.
	Secret string `json:"secret,omitempty" doc:"whsec_...; só na resposta que o cria"`
}

func (h *Handlers) viewSubscription(one desk.Subscription) subscriptionView {
	view := subscriptionView{
		ID: one.ID, URL: one.URL, Events: one.Events, Description: one.Description, Enabled: one.DisabledAt.IsZero(),
		DisabledAt: web.When(one.DisabledAt), DisabledReason: one.DisabledReason, FailingSince: web.When(one.FailingSince), Failures: one.Failures,
		LastDeliveredAt: web.When(one.DeliveredAt), CreatedAt: one.CreatedAt.UTC(), UpdatedAt: one.UpdatedAt.UTC(),
	}
	if one.FormerSecret != "" && h.Now().Before(one.FormerUntil) {
		view.FormerUntil = web.When(one.FormerUntil)
	}
	return view
}

func (h *Handlers) listSubscriptions(ctx context.Context, _ *web.Nothing) (*web.Answer[[]subscriptionView], error) {
	all, err := h.Store.Subscriptions(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return web.OK(web.Viewed(all, h.viewSubscription))
}

// subscriptionAt finds the subscription that a path names.
func (h *Handlers) subscriptionAt(ctx context.Context, text string) (desk.Subscription, error) {
	id, err := web.PathID(text, subscriptionMissing)
	if err != nil {
		return desk.Subscription{}, err
	}
	return h.Store.Subscription(ctx, web.TenantOf(ctx), id)
}

func (h *Handlers) getSubscription(ctx context.Context, in *web.ByID) (*web.Answer[subscriptionView], error) {
	one, err := h.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(h.viewSubscription(one))
}

func (h *Handlers) deleteSubscription(ctx context.Context, in *web.ByID) (*web.Said, error) {
	id, err := web.PathID(in.ID, subscriptionMissing)
	if err != nil {
		return nil, err
	}
	if err := h.Store.DeleteSubscription(ctx, web.TenantOf(ctx), id); err != nil {
		return nil, err
	}
	return web.Say("Assinatura removida")
}

type deliveryView struct {
	ID             string             `json:"id"`
	EventID        string             `json:"eventId" doc:"o webhook-id: o mesmo em cada tentativa e quando é entregue de novo"`
	Event          string             `json:"event"`
	Status         desk.DeliveryState `json:"status" enum:"pending,delivered,failed"`
	Attempts       int                `json:"attempts"`
	ResponseStatus int                `json:"responseStatus,omitempty" doc:"o status HTTP da última tentativa"`
	Problem        string             `json:"problem,omitempty" doc:"o que impediu a última tentativa"`
	NextAttemptAt  *time.Time         `json:"nextAttemptAt,omitempty"`
	EndedAt        *time.Time         `json:"endedAt,omitempty"`
	CreatedAt      time.Time          `json:"createdAt"`
}

func viewDelivery(d desk.Delivery) deliveryView {
	view := deliveryView{
		ID: d.ID, EventID: d.EventID, Event: d.Event, Status: d.State, Attempts: d.Attempts, ResponseStatus: d.Status, Problem: d.Problem,
		EndedAt: web.When(d.EndedAt), CreatedAt: d.CreatedAt.UTC(),
	}
	if d.State == desk.DeliveryPending {
		view.NextAttemptAt = web.When(d.DueAt)
	}
	return view
}

type deliveriesIn struct {
	ID     string             `path:"id"`
	Status desk.DeliveryState `query:"status" enum:"pending,delivered,failed"`
	web.Paging
}

func (h *Handlers) listDeliveries(ctx context.Context, in *deliveriesIn) (*web.Answer[[]deliveryView], error) {
	one, err := h.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.Page()
	more := web.Ahead(page)
	rows, err := h.Store.Deliveries(ctx, one.TenantID, one.ID, desk.DeliveryFilter{State: in.Status, Limit: more.Limit, Cursor: more.Cursor})
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewDelivery, func(d desk.Delivery) string { return d.ID }), nil
}

// testSubscription sends an event that only tests raise; it is delivered, and tried again, like any other.
func (h *Handlers) testSubscription(ctx context.Context, in *web.ByID) (*web.Answer[deliveryView], error) {
	one, err := h.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !one.DisabledAt.IsZero() {
		return nil, fault.New(fault.Conflict, "a assinatura está desligada; ligue-a primeiro com enabled: true")
	}
	event, err := desk.TellPing(h.NewID(), one, web.Stamp(h.Now()))
	if err != nil {
		return nil, err
	}
	delivery, err := h.Store.TellOne(ctx, one.ID, event)
	if err != nil {
		return nil, err
	}
	return web.With(202, viewDelivery(delivery))
}

type replayIn struct {
	ID   string `path:"id"`
	Body struct {
		DeliveryID *string    `json:"deliveryId,omitempty" maxLength:"64" doc:"esta entrega"`
		Since      *time.Time `json:"since,omitempty" doc:"ou as que nasceram a partir daqui"`
		Until      *time.Time `json:"until,omitempty" doc:"e até aqui; ausente: até agora"`
	}
}

type replayView struct {
	Replayed int64 `json:"replayed" doc:"quantas entregas serão feitas de novo"`
}

// replaySubscription delivers again what is still kept, under the same ids.
func (h *Handlers) replaySubscription(ctx context.Context, in *replayIn) (*web.Answer[replayView], error) {
	one, err := h.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	which, err := in.which()
	if err != nil {
		return nil, err
	}
	replayed, err := h.Store.Replay(ctx, one.TenantID, one.ID, which)
	if err != nil {
		return nil, err
	}
	return web.With(202, replayView{Replayed: replayed})
}

func (in *replayIn) which() (desk.Replay, error) {
	b := in.Body
	switch {
	case b.DeliveryID != nil && (b.Since != nil || b.Until != nil):
		return desk.Replay{}, fault.Field("deliveryId", "use deliveryId ou since, não os dois")
	case b.DeliveryID != nil:
		id, err := web.PathID(*b.DeliveryID, "Entrega não encontrada")
		return desk.Replay{DeliveryID: id}, err
	case b.Since == nil:
		return desk.Replay{}, fault.Required("since")
	case b.Until != nil && b.Until.Before(*b.Since):
		return desk.Replay{}, fault.Field("until", "deve vir depois de since")
	}
	which := desk.Replay{Since: *b.Since}
	if b.Until != nil {
		which.Until = *b.Until
	}
	return which, nil
}
