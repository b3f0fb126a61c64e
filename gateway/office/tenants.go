package office

import (
	"context"
	"time"

	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
)

const tenantMissing = "Empresa não encontrada"

type tenantView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Timezone  string     `json:"timezone"`
	PausedAt  *time.Time `json:"pausedAt,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
}

func viewTenant(t chat.Tenant) tenantView {
	return tenantView{ID: t.ID, Name: t.Name, Timezone: t.Settings.WithDefaults().Timezone, PausedAt: web.When(t.PausedAt), CreatedAt: t.CreatedAt.UTC()}
}

func (h *Handlers) listTenants(ctx context.Context, in *web.Paged) (*web.Answer[[]tenantView], error) {
	all, err := h.Store.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	part, next := web.PageOf(all, in.Page(), func(t chat.Tenant) string { return t.ID })
	return &web.Answer[[]tenantView]{Status: 200, Body: web.Success[[]tenantView]{Success: true, Data: web.Viewed(part, viewTenant), NextCursor: next}}, nil
}

type createTenantIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Timezone string `json:"timezone,omitempty" maxLength:"64" doc:"nome IANA"`
	}
}

func (h *Handlers) createTenant(ctx context.Context, in *createTenantIn) (*web.Answer[tenantView], error) {
	zone := in.Body.Timezone
	if zone == "" {
		zone = h.DefaultTimezone
	}
	if _, err := calendar.Zone(zone); err != nil {
		return nil, err
	}
	tenant := chat.Tenant{ID: h.NewID(), Name: in.Body.Name, Settings: chat.Settings{Timezone: zone}, CreatedAt: web.Stamp(h.Now())}
	if err := h.Store.CreateTenant(ctx, tenant); err != nil {
		return nil, err
	}
	return web.Created(viewTenant(tenant))
}

func (h *Handlers) tenantAt(ctx context.Context, text string) (chat.Tenant, error) {
	id, err := web.PathID(text, tenantMissing)
	if err != nil {
		return chat.Tenant{}, err
	}
	return h.Store.Tenant(ctx, id)
}

func (h *Handlers) listTenantKeys(ctx context.Context, in *web.ByID) (*web.Answer[[]keyView], error) {
	tenant, err := h.tenantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := h.Store.APIKeys(ctx, tenant.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(web.Viewed(all, viewKey))
}

type createTenantKeyIn struct {
	ID   string `path:"id"`
	Body KeyBody
}

// createTenantKey makes a tenant's first key, and any other.
func (h *Handlers) createTenantKey(ctx context.Context, in *createTenantKeyIn) (*web.Answer[keyView], error) {
	tenant, err := h.tenantAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.makeKey(ctx, tenant.ID, in.Body)
}
