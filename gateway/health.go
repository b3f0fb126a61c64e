package gateway

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"retoma/internal/fault"
)

// live says that the process runs.
func (g *Gateway) live(c *fiber.Ctx) error {
	return asJSON(c, http.StatusOK, Success[healthView]{Success: true, Data: healthView{Status: "ok"}})
}

type healthView struct {
	Status string            `json:"status" enum:"ok"`
	Checks map[string]string `json:"checks,omitempty"`
}

// ready says whether requests can be served: every check is asked, and one that fails makes it 503.
func (g *Gateway) ready(c *fiber.Ctx) error {
	ctx := c.UserContext()
	view := healthView{Status: "ok", Checks: map[string]string{}}
	var ill []problem
	for _, check := range g.Ready {
		name, err := check(ctx)
		view.Checks[name] = "ok"
		if err != nil {
			noteProblem(ctx, err)
			ill = append(ill, problem{Field: name, Text: "não responde"})
		}
	}
	if len(ill) == 0 {
		return asJSON(c, http.StatusOK, Success[healthView]{Success: true, Data: view})
	}
	answer := failureOf(fault.New(fault.Unavailable, "o serviço ainda não está pronto"))
	answer.Problems = ill
	return answer
}

func describeHealth(op *huma.Operation, schemas huma.Registry) {
	schema := schemas.Schema(typeOf[Success[healthView]](), true, "SuccessHealthView")
	answers(op, "200", schema)
}

// serve hands a request to a standard handler below a prefix, which the handler does not see.
func serve(handler http.Handler, prefix string) fiber.Handler {
	if handler == nil {
		return func(*fiber.Ctx) error { return fiber.ErrNotFound }
	}
	serve := adaptor.HTTPHandler(http.StripPrefix(prefix, rooted(handler)))
	return func(c *fiber.Ctx) error {
		if prefix != "" && c.Path() == prefix && c.Method() == http.MethodGet && prefix != metricsPath {
			// Pages name their parts relative to themselves.
			return c.Redirect(prefix+"/", http.StatusMovedPermanently)
		}
		return serve(c)
	}
}

const metricsPath = "/metrics"

// rooted gives the bare prefix the path "/".
func rooted(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			copied := r.Clone(r.Context())
			copied.URL.Path = "/"
			r = copied
		}
		handler.ServeHTTP(w, r)
	})
}

func describeMetrics(op *huma.Operation, _ huma.Registry) {
	op.Responses["200"] = &huma.Response{Description: "Prometheus", Content: map[string]*huma.MediaType{
		"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
}
