package web

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

// Caller is who is asking. The tenant of everything that follows is taken from here and from nowhere else.
type Caller struct {
	TenantID  string
	Role      chat.Role
	Scopes    []string // of an API key; empty: all that the role may
	Installer bool
	KeyID     string
}

// CallerOf is the caller of an authorized request.
func CallerOf(ctx context.Context) Caller { return recordOf(ctx).caller }

// TenantOf is the caller's tenant.
func TenantOf(ctx context.Context) string { return CallerOf(ctx).TenantID }

// authorize lets through who may call the route.
func (s *Server) authorize(r Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		who, err := s.identify(ctx, c.Get(fiber.HeaderAuthorization))
		if err != nil {
			if fault.Is(err, fault.Unauthorized) {
				c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
			}
			return err
		}
		if err := who.may(r.Access); err != nil {
			return err
		}
		if err := s.knownTenant(ctx, c.Method(), who, r.Access); err != nil {
			return err
		}
		recordOf(ctx).caller = who
		return c.Next()
	}
}

// identify reads the Authorization header.
func (s *Server) identify(ctx context.Context, header string) (Caller, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	token = strings.TrimSpace(token)
	switch {
	case header == "":
		return Caller{}, fault.New(fault.Unauthorized, "falta a autenticação: envie Authorization: Bearer com um JWT ou uma chave de API")
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return Caller{}, fault.New(fault.Unauthorized, "autenticação malformada: envie Authorization: Bearer seguido do token")
	case strings.HasPrefix(token, KeyPrefix):
		return s.identifyKey(ctx, token)
	}
	return s.tokens.read(token)
}

// KeyPrefix tells API keys from JWTs.
const KeyPrefix = "rtm_"

// HashKey is how a key is stored and looked up: a key has 256 random bits, so its plain hash tells nothing about it.
func HashKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// identifyKey looks a key up at each request, so that a revoked one ends at once.
func (s *Server) identifyKey(ctx context.Context, token string) (Caller, error) {
	found, err := s.Store.APIKey(ctx, HashKey(token))
	if fault.Is(err, fault.NotFound) {
		return Caller{}, fault.New(fault.Unauthorized, "chave de API desconhecida ou revogada")
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{TenantID: found.TenantID, Role: found.Role, Scopes: found.Scopes, Installer: found.Installer, KeyID: found.ID}, nil
}

// rank orders the roles; an unknown role may nothing.
func rank(role chat.Role) int {
	return slices.Index([]chat.Role{chat.RoleViewer, chat.RoleOperator, chat.RoleAdmin}, role)
}

func (c Caller) may(access Access) error {
	switch {
	case access.Installer && !c.Installer:
		return fault.New(fault.Forbidden, "só uma chave do operador da instalação pode fazer isto")
	case !access.Installer && c.TenantID == "":
		return fault.New(fault.Forbidden, "esta chave não é de nenhuma empresa: use uma chave da empresa")
	case rank(c.Role) < rank(access.Role):
		return fault.New(fault.Forbidden, "o papel %q não permite isto: é preciso %q", string(c.Role), string(access.Role))
	case !c.HasScope(access.Scope):
		return fault.New(fault.Forbidden, "a chave não tem o escopo %s", access.Scope)
	}
	return nil
}

// HasScope tells whether a key's scopes let it through; writing includes reading.
func (c Caller) HasScope(wanted string) bool {
	if len(c.Scopes) == 0 || slices.Contains(c.Scopes, wanted) {
		return true
	}
	family, right, _ := strings.Cut(wanted, ":")
	return right == "read" && slices.Contains(c.Scopes, family+":write")
}

// knownTenant keeps a token of a tenant that does not exist from writing anything. What such a token reads is empty.
func (s *Server) knownTenant(ctx context.Context, method string, who Caller, access Access) error {
	if who.KeyID != "" || method == fiber.MethodGet || access.Installer {
		return nil
	}
	_, err := s.Store.Tenant(ctx, who.TenantID)
	return err
}

// Scopes lists what an API key can be limited to.
func Scopes() []string {
	var all []string
	for _, family := range []string{
		"actions", "assistants", "channels", "commands", "contacts", "conversations", "events", "flows", "followups", "keys", "media",
		"messages", "models", "notifications", "settings", "subscriptions", "templates",
	} {
		all = append(all, family+":read", family+":write")
	}
	return append(all, "tenants:write")
}
