package office

import (
	"context"
	"fmt"
	"slices"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type keyView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      chat.Role  `json:"role" enum:"admin,operator,viewer"`
	Scopes    []string   `json:"scopes" doc:"vazio: tudo o que o papel permite"`
	Installer bool       `json:"installer,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
	// Key is the key itself, in the answer that makes it and never again.
	Key string `json:"key,omitempty" doc:"só na resposta que a cria"`
}

func viewKey(k chat.APIKey) keyView {
	view := keyView{ID: k.ID, Name: k.Name, Role: k.Role, Scopes: k.Scopes, Installer: k.Installer, CreatedAt: k.CreatedAt.UTC(), RevokedAt: web.When(k.RevokedAt)}
	if view.Scopes == nil {
		view.Scopes = []string{}
	}
	return view
}

func (h *Handlers) listKeys(ctx context.Context, _ *web.Nothing) (*web.Answer[[]keyView], error) {
	all, err := h.Store.APIKeys(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return web.OK(web.Viewed(all, viewKey))
}

// KeyBody is what a new key is to be.
type KeyBody struct {
	Name   string    `json:"name" minLength:"1" maxLength:"200"`
	Role   chat.Role `json:"role" enum:"admin,operator,viewer"`
	Scopes []string  `json:"scopes,omitempty" maxItems:"50" doc:"como followups:read; vazio: tudo o que o papel permite"`
}

type createKeyIn struct{ Body KeyBody }

func (h *Handlers) createKey(ctx context.Context, in *createKeyIn) (*web.Answer[keyView], error) {
	who := web.CallerOf(ctx)
	if len(who.Scopes) > 0 && len(in.Body.Scopes) == 0 {
		return nil, fault.New(fault.Forbidden, "uma chave com escopos só cria chaves com escopos que ela mesma tem")
	}
	for _, scope := range in.Body.Scopes {
		if !who.HasScope(scope) {
			return nil, fault.New(fault.Forbidden, "a chave não tem o escopo %s para dá-lo a outra", scope)
		}
	}
	return h.makeKey(ctx, who.TenantID, in.Body)
}

func (h *Handlers) makeKey(ctx context.Context, tenantID string, body KeyBody) (*web.Answer[keyView], error) {
	for i, scope := range body.Scopes {
		if !slices.Contains(web.Scopes(), scope) {
			return nil, fault.Field(fmt.Sprintf("scopes[%d]", i), "escopo desconhecido: use %s", web.Joined(web.Scopes()))
		}
	}
	text, err := randomKey()
	if err != nil {
		return nil, err
	}
	made := chat.APIKey{
		ID: h.NewID(), TenantID: tenantID, Name: body.Name, Hash: web.HashKey(text), Role: body.Role, Scopes: body.Scopes, CreatedAt: web.Stamp(h.Now()),
	}
	if err := h.Store.CreateAPIKey(ctx, made); err != nil {
		return nil, err
	}
	view := viewKey(made)
	view.Key = text
	return web.Created(view)
}

// revokeKey ends a key: the next request with it is refused.
func (h *Handlers) revokeKey(ctx context.Context, in *web.ByID) (*web.Said, error) {
	id, err := web.PathID(in.ID, "Chave não encontrada")
	if err != nil {
		return nil, err
	}
	if err := h.Store.RevokeAPIKey(ctx, web.TenantOf(ctx), id); err != nil {
		return nil, err
	}
	return web.Say("Chave revogada")
}
