package web

import (
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/internal/chat"
)

// Access says who may call a route.
type Access struct {
	Kind AccessKind
	// Role is the least role (AccessKey).
	Role chat.Role
	// Scope is what an API key with scopes must have, such as "followups:read" (AccessKey).
	Scope string
	// Installer demands a key of the installation's operator (AccessKey).
	Installer bool
}

// AccessKind is how a caller shows who they are.
type AccessKind string

// The kinds of access.
const (
	// AccessPublic asks for nothing.
	AccessPublic AccessKind = "public"
	// AccessWebhook is the secret token in the path, and the provider's signature.
	AccessWebhook AccessKind = "webhook"
	// AccessKey is a JWT or an API key.
	AccessKey AccessKind = "key"
)

// Route is one row of the table.
type Route struct {
	Method string
	// Path has its parameters in braces: /api/contacts/{id}.
	Path    string
	Access  Access
	Family  string // the tag in the document
	Summary string // Portuguese, one line
	// Creates marks what sends or creates: it honours Idempotency-Key.
	Creates bool
	// Streams marks a handler that reads the request's body itself, as it comes, and honours Idempotency-Key itself.
	Streams bool
	// Tolerant routes are those of the platforms' specifications: query parameters that they do not have are no mistake there.
	Tolerant bool
	// parameters are the query parameters of a typed handler.
	parameters []string
	typed      bool
	// Hidden routes are not in the document: pages and other people's surfaces that are mounted here.
	Hidden bool
	Mount  func(s *Server, r Route)
}

// Public lets everybody in.
func Public() Access { return Access{Kind: AccessPublic} }

// Webhook lets in who knows the path; the handler checks the rest.
func Webhook() Access { return Access{Kind: AccessWebhook} }

// Key demands a role, and of keys with scopes that of the family: "<family>:read" for a viewer's routes, else
// "<family>:write".
func Key(role chat.Role, family string) Access {
	scope := family + ":write"
	if role == chat.RoleViewer {
		scope = family + ":read"
	}
	return Access{Kind: AccessKey, Role: role, Scope: scope}
}

// Installer demands a key of the installation's operator.
func Installer() Access {
	return Access{Kind: AccessKey, Role: chat.RoleAdmin, Scope: "tenants:write", Installer: true}
}

// fiberPath is the path in fiber's notation.
func (r Route) fiberPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.Path)
}

// chain is what happens before the handler.
func (r Route) chain(s *Server) []fiber.Handler {
	chain := []fiber.Handler{s.named(r)}
	if r.Access.Kind == AccessKey {
		chain = append(chain, s.authorize(r))
	}
	if r.typed && !r.Tolerant {
		chain = append(chain, onlyKnown(r.parameters))
	}
	if r.Creates && !r.Streams {
		chain = append(chain, s.Repeats.once)
	}
	return chain
}

var notInName = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// operation is the route's entry in the document.
func (r Route) operation() huma.Operation {
	name := strings.ToLower(r.Method) + "-" + strings.Trim(notInName.ReplaceAllString(r.Path, "-"), "-")
	op := huma.Operation{
		OperationID: name, Method: r.Method, Path: r.Path, Summary: r.Summary, Tags: []string{r.Family}, Hidden: r.Hidden,
		MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: -1, Metadata: map[string]any{},
		Responses: map[string]*huma.Response{},
	}
	if r.Access.Kind == AccessKey {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Description = "Papel mínimo: " + string(r.Access.Role) + ". Escopo de chave: " + r.Access.Scope + "."
	}
	if r.Creates {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: Pointer(maxKey)},
			Description: "A mesma chave com o mesmo conteúdo, dentro de 24 horas, recebe a primeira resposta de novo.",
		})
	}
	return op
}

// Raw mounts a plain fiber handler; describe completes its entry in the document.
func Raw(handle fiber.Handler, describe func(op *huma.Operation, schemas huma.Registry)) func(*Server, Route) {
	return func(s *Server, r Route) {
		s.app.Add(r.Method, r.fiberPath(), append(r.chain(s), handle)...)
		if r.Method == Get && r.Access.Kind == AccessPublic {
			// Load balancers ask with HEAD.
			s.app.Add(http.MethodHead, r.fiberPath(), append(r.chain(s), handle)...)
		}
		if r.Hidden {
			return
		}
		op := r.operation()
		describe(&op, s.api.OpenAPI().Components.Schemas)
		s.describeFailure(&op)
		describePath(&op)
		s.api.OpenAPI().AddOperation(&op)
	}
}

// describePath names the parameters that stand in the path.
func describePath(op *huma.Operation) {
	for _, found := range pathParameter.FindAllStringSubmatch(op.Path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: found[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
}

var pathParameter = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// Mounted hands every method below a prefix to somebody else's handler.
func Mounted(handle fiber.Handler) func(*Server, Route) {
	return func(s *Server, r Route) {
		for _, path := range []string{r.fiberPath(), r.fiberPath() + "/*"} {
			s.app.All(path, append(r.chain(s), handle)...)
		}
	}
}

// JSONContent is a JSON body of a schema.
func JSONContent(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// Answers says in the document that a status has a JSON body of a schema, or none.
func Answers(op *huma.Operation, status string, schema *huma.Schema) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	described := &huma.Response{Description: http.StatusText(statusNumber(status))}
	if schema != nil {
		described.Content = maps.Clone(JSONContent(schema))
	}
	op.Responses[status] = described
}

// Pointer is where a value is, for schemas whose limits may be absent.
func Pointer[T any](value T) *T { return &value }
