package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type keyStore interface {
	CreateAPIKey(ctx context.Context, k chat.APIKey) error
	APIKeys(ctx context.Context, tenantID string) ([]chat.APIKey, error)
	RevokeAPIKey(ctx context.Context, tenantID, id string) error
}

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
	view := keyView{ID: k.ID, Name: k.Name, Role: k.Role, Scopes: k.Scopes, Installer: k.Installer, CreatedAt: k.CreatedAt.UTC(), RevokedAt: when(k.RevokedAt)}
	if view.Scopes == nil {
		view.Scopes = []string{}
	}
	return view
}

func (g *Gateway) listKeys(ctx context.Context, _ *nothing) (*Answer[[]keyView], error) {
	all, err := g.Store.APIKeys(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return ok(viewed(all, viewKey))
}

// KeyBody is what a new key is to be.
type KeyBody struct {
	Name   string    `json:"name" minLength:"1" maxLength:"200"`
	Role   chat.Role `json:"role" enum:"admin,operator,viewer"`
	Scopes []string  `json:"scopes,omitempty" maxItems:"50" doc:"como followups:read; vazio: tudo o que o papel permite"`
}

type createKeyIn struct{ Body KeyBody }

func (g *Gateway) createKey(ctx context.Context, in *createKeyIn) (*Answer[keyView], error) {
	who := callerOf(ctx)
	if len(who.Scopes) > 0 && len(in.Body.Scopes) == 0 {
		return nil, fault.New(fault.Forbidden, "uma chave com escopos só cria chaves com escopos que ela mesma tem")
	}
	for _, scope := range in.Body.Scopes {
		if !who.hasScope(scope) {
			return nil, fault.New(fault.Forbidden, "a chave não tem o escopo %s para dá-lo a outra", scope)
		}
	}
	return g.makeKey(ctx, who.TenantID, in.Body)
}

func (g *Gateway) makeKey(ctx context.Context, tenantID string, body KeyBody) (*Answer[keyView], error) {
	for i, scope := range body.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return nil, fault.Field(fmt.Sprintf("scopes[%d]", i), "escopo desconhecido: use %s", joined(Scopes()))
		}
	}
	text, err := randomKey()
	if err != nil {
		return nil, err
	}
	made := chat.APIKey{
		ID: g.NewID(), TenantID: tenantID, Name: body.Name, Hash: hashKey(text), Role: body.Role, Scopes: body.Scopes, CreatedAt: stamp(g.Now()),
	}
	if err := g.Store.CreateAPIKey(ctx, made); err != nil {
		return nil, err
	}
	view := viewKey(made)
	view.Key = text
	return created(view)
}

// revokeKey ends a key: the next request with it is refused.
func (g *Gateway) revokeKey(ctx context.Context, in *byID) (*Said, error) {
	id, err := pathID(in.ID, "Chave não encontrada")
	if err != nil {
		return nil, err
	}
	if err := g.Store.RevokeAPIKey(ctx, tenantOf(ctx), id); err != nil {
		return nil, err
	}
	return said("Chave revogada")
}
