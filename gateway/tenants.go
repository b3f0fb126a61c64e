package gateway

import (
	"context"
	"time"

	"retoma/internal/calendar"
	"retoma/internal/chat"
)

type tenantStore interface {
	CreateTenant(ctx context.Context, t chat.Tenant) error
	Tenants(ctx context.Context) ([]chat.Tenant, error)
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
	APIKeys(ctx context.Context, tenantID string) ([]chat.APIKey, error)
}

const tenantMissing = "Empresa não encontrada"

type tenantView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Timezone  string     `json:"timezone"`
	PausedAt  *time.Time `json:"pausedAt,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
}

func viewTenant(t chat.Tenant) tenantView {
	return tenantView{ID: t.ID, Name: t.Name, Timezone: t.Settings.WithDefaults().Timezone, PausedAt: when(t.PausedAt), CreatedAt: t.CreatedAt.UTC()}
}

func (g *Gateway) listTenants(ctx context.Context, in *modelsIn) (*Answer[[]tenantView], error) {
	all, err := g.Store.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	part, next := pageOf(all, in.page(), func(t chat.Tenant) string { return t.ID })
	return &Answer[[]tenantView]{Status: 200, Body: Success[[]tenantView]{Success: true, Data: viewed(part, viewTenant), NextCursor: next}}, nil
}

type createTenantIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Timezone string `json:"timezone,omitempty" maxLength:"64" doc:"nome IANA"`
	}
}

func (g *Gateway) createTenant(ctx context.Context, in *createTenantIn) (*Answer[tenantView], error) {
	zone := in.Body.Timezone
	if zone == "" {
		zone = g.DefaultTimezone
	}
	if _, err := calendar.Zone(zone); err != nil {
		return nil, err
	}
	tenant := chat.Tenant{ID: g.NewID(), Name: in.Body.Name, Settings: chat.Settings{Timezone: zone}, CreatedAt: stamp(g.Now())}
	if err := g.Store.CreateTenant(ctx, tenant); err != nil {
		return nil, err
	}
	return created(viewTenant(tenant))
}

func (g *Gateway) tenantAt(ctx context.Context, text string) (chat.Tenant, error) {
	id, err := pathID(text, tenantMissing)
	if err != nil {
		return chat.Tenant{}, err
	}
	return g.Store.Tenant(ctx, id)
}

func (g *Gateway) listTenantKeys(ctx context.Context, in *byID) (*Answer[[]keyView], error) {
	tenant, err := g.tenantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := g.Store.APIKeys(ctx, tenant.ID)
	if err != nil {
		return nil, err
	}
	return ok(viewed(all, viewKey))
}

type createTenantKeyIn struct {
	ID   string `path:"id"`
	Body KeyBody
}

// createTenantKey makes a tenant's first key, and any other.
func (g *Gateway) createTenantKey(ctx context.Context, in *createTenantKeyIn) (*Answer[keyView], error) {
	tenant, err := g.tenantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return g.makeKey(ctx, tenant.ID, in.Body)
}
