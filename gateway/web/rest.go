package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"retoma/flows"
)

// Success is the body of every answer that is not a failure.
type Success[T any] struct {
	Success bool `json:"success" enum:"true" doc:"sempre true"`
	Data    T    `json:"data"`
	// NextCursor goes on with a list; absent on the last page.
	NextCursor string `json:"nextCursor,omitempty"`
}

// Answer is a status with a body.
type Answer[T any] struct {
	Status int
	Body   Success[T]
}

// Said is an answer without data, in the form of followups-api.md.
type Said struct {
	Body struct {
		Success bool   `json:"success" enum:"true"`
		Message string `json:"message"`
	}
}

// OK answers 200 with data.
func OK[T any](data T) (*Answer[T], error) { return With(http.StatusOK, data) }

// Created answers 201 with what was made.
func Created[T any](data T) (*Answer[T], error) { return With(http.StatusCreated, data) }

// With answers with a status; the error is there so that handlers can return what it gives.
func With[T any](status int, data T) (*Answer[T], error) {
	return &Answer[T]{Status: status, Body: Success[T]{Success: true, Data: data}}, nil
}

// Say answers 200 with a sentence.
func Say(message string) (*Said, error) {
	answer := &Said{}
	answer.Body.Success, answer.Body.Message = true, message
	return answer, nil
}

// Rest mounts a typed handler: parameters, body, validation and the entry in the document all come from its types.
func Rest[I, O any](handle func(context.Context, *I) (*O, error), adjust ...func(*huma.Operation)) func(*Server, Route) {
	return func(s *Server, r Route) {
		r.parameters, r.typed = parametersOf(reflect.TypeFor[I]()), true
		op := r.operation()
		for _, change := range adjust {
			change(&op)
		}
		if body, has := reflect.TypeFor[I]().FieldByName("Body"); has {
			op.Metadata[bodyType] = body.Type
		}
		s.describeFailure(&op)
		mounter := huma.API(&mountedAPI{API: s.api, adapter: &chained{Adapter: s.api.Adapter(), s: s, route: r}})
		huma.Register(mounter, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, s.failed(ctx, err)
			}
			return out, nil
		})
		shareAnswer(&op)
	}
}

// shareAnswer gives the other statuses the schema of the usual one.
func shareAnswer(op *huma.Operation) {
	others, has := op.Metadata[otherStatuses].([]int)
	if !has {
		return
	}
	for _, other := range others {
		copied := *op.Responses[strconv.Itoa(op.DefaultStatus)]
		copied.Description = http.StatusText(other)
		op.Responses[strconv.Itoa(other)] = &copied
	}
}

const bodyType = "body type"

// Status says in the document that a success has this status, and perhaps others.
func Status(first int, others ...int) func(*huma.Operation) {
	return func(op *huma.Operation) {
		op.DefaultStatus = first
		op.Metadata[otherStatuses] = others
	}
}

const otherStatuses = "other statuses"

// Authored leaves the body's validation to the parser of an authoring format, whose mistakes name the author's own paths.
func Authored(op *huma.Operation) { op.SkipValidateBody = true }

// newAPI makes huma's side: our JSON, our errors, no pages of its own.
func (s *Server) newAPI() huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[flows.Variables](), reflect.TypeFor[variablesShape]())
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: ReadJSON}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "retoma", Version: "1",
				Description: "Follow-ups de WhatsApp: webhooks, comandos, modelos, fila, envios."},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "JWT (tenant_id, role, exp) ou chave de API rtm_..."},
			}},
		},
		Formats: map[string]huma.Format{"application/json": format, "json": format}, DefaultFormat: "application/json",
		Transformers: []huma.Transformer{translateFailure},
	}
	api := humafiber.New(s.app, config)
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) { next(&answering{humaContext: ctx}) })
	return api
}

// mountedAPI registers through another adapter, so that each route's own checks come before its handler.
type mountedAPI struct {
	huma.API
	adapter huma.Adapter
}

func (m *mountedAPI) Adapter() huma.Adapter { return m.adapter }

// chained puts a route's checks before the handler that huma made.
type chained struct {
	huma.Adapter
	s     *Server
	route Route
}

// Handle mounts the chain first; fiber then runs huma's handler behind it, for both are on one path.
func (c *chained) Handle(op *huma.Operation, handler func(huma.Context)) {
	c.s.app.Add(op.Method, c.route.fiberPath(), c.route.chain(c.s)...)
	c.Adapter.Handle(op, handler)
}

type humaContext = huma.Context

// answering lets the translation of an error choose the status.
type answering struct {
	humaContext
	forced int
}

// SetStatus sets the status, unless another was chosen.
func (a *answering) SetStatus(code int) {
	if a.forced != 0 {
		code = a.forced
	}
	a.humaContext.SetStatus(code)
}

// Unwrap gives the context underneath.
func (a *answering) Unwrap() huma.Context { return a.humaContext }

// BodyReader is the body, which takeBody has read.
func (a *answering) BodyReader() io.Reader {
	return bytes.NewReader(humafiber.Unwrap(a.humaContext).BodyRaw())
}

// BodyWriter is where the answer goes.
func (a *answering) BodyWriter() io.Writer { return a.humaContext.BodyWriter() }

func statusNumber(status string) int {
	number, err := strconv.Atoi(status)
	if err != nil {
		return 0
	}
	return number
}

// AsJSON answers a raw route.
func AsJSON(c *fiber.Ctx, status int, body any) error {
	return c.Status(status).JSON(body, fiber.MIMEApplicationJSON)
}
