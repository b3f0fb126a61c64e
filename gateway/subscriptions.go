package gateway

import (
	"context"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

type subscriptionStore interface {
	CreateSubscription(ctx context.Context, one desk.Subscription) error
	Subscription(ctx context.Context, tenantID, id string) (desk.Subscription, error)
	Subscriptions(ctx context.Context, tenantID string) ([]desk.Subscription, error)
	ChangeSubscription(ctx context.Context, tenantID, id string, change func(*desk.Subscription) error) (desk.Subscription, error)
	DeleteSubscription(ctx context.Context, tenantID, id string) error
	Deliveries(ctx context.Context, tenantID, subscriptionID string, filter desk.DeliveryFilter) ([]desk.Delivery, error)
	TellOne(ctx context.Context, subscriptionID string, event desk.OutgoingEvent) (desk.Delivery, error)
	Replay(ctx context.Context, tenantID, subscriptionID string, which desk.Replay) (replayed int64, err error)
}

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

func (g *Gateway) viewSubscription(one desk.Subscription) subscriptionView {
	view := subscriptionView{
		ID: one.ID, URL: one.URL, Events: one.Events, Description: one.Description, Enabled: one.DisabledAt.IsZero(),
		DisabledAt: when(one.DisabledAt), DisabledReason: one.DisabledReason, FailingSince: when(one.FailingSince), Failures: one.Failures,
		LastDeliveredAt: when(one.DeliveredAt), CreatedAt: one.CreatedAt.UTC(), UpdatedAt: one.UpdatedAt.UTC(),
	}
	if one.FormerSecret != "" && g.Now().Before(one.FormerUntil) {
		view.FormerUntil = when(one.FormerUntil)
	}
	return view
}

func (g *Gateway) listSubscriptions(ctx context.Context, _ *nothing) (*Answer[[]subscriptionView], error) {
	all, err := g.Store.Subscriptions(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return ok(viewed(all, g.viewSubscription))
}

// subscriptionAt finds the subscription that a path names.
func (g *Gateway) subscriptionAt(ctx context.Context, text string) (desk.Subscription, error) {
	id, err := pathID(text, subscriptionMissing)
	if err != nil {
		return desk.Subscription{}, err
	}
	return g.Store.Subscription(ctx, tenantOf(ctx), id)
}

func (g *Gateway) getSubscription(ctx context.Context, in *byID) (*Answer[subscriptionView], error) {
	one, err := g.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(g.viewSubscription(one))
}

func (g *Gateway) deleteSubscription(ctx context.Context, in *byID) (*Said, error) {
	id, err := pathID(in.ID, subscriptionMissing)
	if err != nil {
		return nil, err
	}
	if err := g.Store.DeleteSubscription(ctx, tenantOf(ctx), id); err != nil {
		return nil, err
	}
	return said("Assinatura removida")
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
		EndedAt: when(d.EndedAt), CreatedAt: d.CreatedAt.UTC(),
	}
	if d.State == desk.DeliveryPending {
		view.NextAttemptAt = when(d.DueAt)
	}
	return view
}

type deliveriesIn struct {
	ID     string             `path:"id"`
	Status desk.DeliveryState `query:"status" enum:"pending,delivered,failed"`
	Paging
}

func (g *Gateway) listDeliveries(ctx context.Context, in *deliveriesIn) (*Answer[[]deliveryView], error) {
	one, err := g.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page := in.page()
	more := ahead(page)
	rows, err := g.Store.Deliveries(ctx, one.TenantID, one.ID, desk.DeliveryFilter{State: in.Status, Limit: more.Limit, Cursor: more.Cursor})
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewDelivery, func(d desk.Delivery) string { return d.ID }), nil
}

// testSubscription sends an event that only tests raise; it is delivered, and tried again, like any other.
func (g *Gateway) testSubscription(ctx context.Context, in *byID) (*Answer[deliveryView], error) {
	one, err := g.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !one.DisabledAt.IsZero() {
		return nil, fault.New(fault.Conflict, "a assinatura está desligada; ligue-a primeiro com enabled: true")
	}
	event, err := desk.TellPing(g.NewID(), one, stamp(g.Now()))
	if err != nil {
		return nil, err
	}
	delivery, err := g.Store.TellOne(ctx, one.ID, event)
	if err != nil {
		return nil, err
	}
	return with(202, viewDelivery(delivery))
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
func (g *Gateway) replaySubscription(ctx context.Context, in *replayIn) (*Answer[replayView], error) {
	one, err := g.subscriptionAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	which, err := in.which()
	if err != nil {
		return nil, err
	}
	replayed, err := g.Store.Replay(ctx, one.TenantID, one.ID, which)
	if err != nil {
		return nil, err
	}
	return with(202, replayView{Replayed: replayed})
}

func (in *replayIn) which() (desk.Replay, error) {
	b := in.Body
	switch {
	case b.DeliveryID != nil && (b.Since != nil || b.Until != nil):
		return desk.Replay{}, fault.Field("deliveryId", "use deliveryId ou since, não os dois")
	case b.DeliveryID != nil:
		id, err := pathID(*b.DeliveryID, "Entrega não encontrada")
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
