package gateway

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"retoma/gateway/web"
	"retoma/internal/fault"
)

// live says that the process runs.
func (g *Gateway) live(c *fiber.Ctx) error {
	return web.AsJSON(c, http.StatusOK, web.Success[healthView]{Success: true, Data: healthView{Status: "ok"}})
}

type healthView struct {
	Status string            `json:"status" enum:"ok"`
	Checks map[string]string `json:"checks,omitempty"`
}

// ready says whether requests can be served: every check is asked, and one that fails makes it 503.
func (g *Gateway) ready(c *fiber.Ctx) error {
	ctx := c.UserContext()
	view := healthView{Status: "ok", Checks: map[string]string{}}
	var ill []web.Problem
	for _, check := range g.Ready {
		name, err := check(ctx)
		view.Checks[name] = "ok"
		if err != nil {
			web.NoteProblem(ctx, err)
			ill = append(ill, web.Problem{Field: name, Text: "não responde"})
		}
	}
	if len(ill) == 0 {
		return web.AsJSON(c, http.StatusOK, web.Success[healthView]{Success: true, Data: view})
	}
	answer := web.FailureOf(fault.New(fault.Unavailable, "o serviço ainda não está pronto"))
	answer.Problems = ill
	return answer
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
