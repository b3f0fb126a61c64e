package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type authStore interface {
	APIKey(ctx context.Context, hash string) (chat.APIKey, error)
	Tenant(ctx context.Context, id string) (chat.Tenant, error)
}

// caller is who is asking. The tenant of everything that follows is taken from here and from nowhere else.
type caller struct {
	TenantID  string
	Role      chat.Role
	Scopes    []string // of an API key; empty: all that the role may
	Installer bool
	KeyID     string
}

// callerOf is the caller of an authorized request.
func callerOf(ctx context.Context) caller { return recordOf(ctx).caller }

// tenantOf is the caller's tenant.
func tenantOf(ctx context.Context) string { return callerOf(ctx).TenantID }

// authorize lets through who may call the route.
func (g *Gateway) authorize(r Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		who, err := g.identify(ctx, c.Get(fiber.HeaderAuthorization))
		if err != nil {
			if fault.Is(err, fault.Unauthorized) {
				c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
			}
			return err
		}
		if err := who.may(r.Access); err != nil {
			return err
		}
		if err := g.knownTenant(ctx, c.Method(), who, r.Access); err != nil {
			return err
		}
		recordOf(ctx).caller = who
		return c.Next()
	}
}

// identify reads the Authorization header.
func (g *Gateway) identify(ctx context.Context, header string) (caller, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	token = strings.TrimSpace(token)
	switch {
	case header == "":
		return caller{}, fault.New(fault.Unauthorized, "falta a autenticação: envie Authorization: Bearer com um JWT ou uma chave de API")
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return caller{}, fault.New(fault.Unauthorized, "autenticação malformada: envie Authorization: Bearer seguido do token")
	case strings.HasPrefix(token, keyPrefix):
		return g.identifyKey(ctx, token)
	}
	return g.tokens.read(token)
}

// keyPrefix tells API keys from JWTs.
const keyPrefix = "rtm_"

// hashKey is how a key is stored and looked up: a key has 256 random bits, so its plain hash tells nothing about it.
func hashKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// identifyKey looks a key up at each request, so that a revoked one ends at once.
func (g *Gateway) identifyKey(ctx context.Context, token string) (caller, error) {
	found, err := g.Store.APIKey(ctx, hashKey(token))
	if fault.Is(err, fault.NotFound) {
		return caller{}, fault.New(fault.Unauthorized, "chave de API desconhecida ou revogada")
	}
	if err != nil {
		return caller{}, err
	}
	return caller{TenantID: found.TenantID, Role: found.Role, Scopes: found.Scopes, Installer: found.Installer, KeyID: found.ID}, nil
}

// rank orders the roles; an unknown role may nothing.
func rank(role chat.Role) int {
	return slices.Index([]chat.Role{chat.RoleViewer, chat.RoleOperator, chat.RoleAdmin}, role)
}

func (c caller) may(access Access) error {
	switch {
	case access.Installer && !c.Installer:
		return fault.New(fault.Forbidden, "só uma chave do operador da instalação pode fazer isto")
	case !access.Installer && c.TenantID == "":
		return fault.New(fault.Forbidden, "esta chave não é de nenhuma empresa: use uma chave da empresa")
	case rank(c.Role) < rank(access.Role):
		return fault.New(fault.Forbidden, "o papel %q não permite isto: é preciso %q", string(c.Role), string(access.Role))
	case !c.hasScope(access.Scope):
		return fault.New(fault.Forbidden, "a chave não tem o escopo %s", access.Scope)
	}
	return nil
}

// hasScope tells whether a key's scopes let it through; writing includes reading.
func (c caller) hasScope(wanted string) bool {
	if len(c.Scopes) == 0 || slices.Contains(c.Scopes, wanted) {
		return true
	}
	family, right, _ := strings.Cut(wanted, ":")
	return right == "read" && slices.Contains(c.Scopes, family+":write")
}

// knownTenant keeps a token of a tenant that does not exist from writing anything. What such a token reads is empty.
func (g *Gateway) knownTenant(ctx context.Context, method string, who caller, access Access) error {
	if who.KeyID != "" || method == fiber.MethodGet || access.Installer {
		return nil
	}
	_, err := g.Store.Tenant(ctx, who.TenantID)
	return err
}

// Scopes lists what an API key can be limited to.
func Scopes() []string {
	var all []string
	for _, family := range []string{
		"actions", "channels", "commands", "contacts", "conversations", "events", "flows", "followups", "keys", "media", "messages",
		"models", "notifications", "settings", "templates",
	} {
		all = append(all, family+":read", family+":write")
	}
	return append(all, "tenants:write")
}
