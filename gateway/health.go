package gateway

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"retoma/gateway/web"
	"retoma/internal/fault"
	"retoma/internal/health"
)

// live says that the process runs.
func (g *Gateway) live(c *fiber.Ctx) error {
	return web.AsJSON(c, http.StatusOK, web.Success[healthView]{Success: true, Data: healthView{Status: health.OK}})
}

type healthView struct {
	Status health.State `json:"status" enum:"ok,degraded"`
	// Checks are the states by part.
	Checks map[string]health.State `json:"checks,omitempty"`
	// Parts say what is wrong and what to do.
	Parts []health.Part `json:"parts,omitempty"`
}

// ready says whether requests can be served, and which part is ill: only an ill one makes it 503, because a balancer that
// turns away from a gateway loses its webhooks for nothing if all others are as degraded.
func (g *Gateway) ready(c *fiber.Ctx) error {
	report := health.Report{State: health.OK}
	if g.Ready != nil {
		report = g.Ready(c.UserContext())
	}
	if report.State == health.Ill {
		web.NoteProblem(c.UserContext(), report.Err())
		answer := web.FailureOf(fault.New(fault.Unavailable, "o serviço ainda não está pronto"))
		for _, part := range report.Parts {
			if part.State == health.Ill {
				answer.Problems = append(answer.Problems, web.Problem{Field: part.Name, Text: part.Says()})
			}
		}
		return answer
	}
	view := healthView{Status: report.State, Checks: map[string]health.State{}, Parts: report.Parts}
	for _, part := range report.Parts {
		view.Checks[part.Name] = part.State
	}
	return web.AsJSON(c, http.StatusOK, web.Success[healthView]{Success: true, Data: view})
}

func describeHealth(op *huma.Operation, schemas huma.Registry) {
	schema := schemas.Schema(reflect.TypeFor[web.Success[healthView]](), true, "SuccessHealthView")
	web.Answers(op, "200", schema)
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
