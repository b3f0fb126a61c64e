package web

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/fault"
	"retoma/internal/trace"
)

// RequestTimeout bounds everything that is done for one request; fiber does not notice that a client has gone.
const RequestTimeout = 45 * time.Second

// record is what is known about one request.
type record struct {
	id      string
	route   string
	caller  Caller
	problem error
	span    *trace.Span
}

type recordKey struct{}

// recordOf finds the request's record; outside of a request it gives one that nobody reads.
func recordOf(ctx context.Context) *record {
	if found, has := ctx.Value(recordKey{}).(*record); has {
		return found
	}
	return &record{}
}

// NoteProblem keeps an error for the log where the answer tells less than it.
func NoteProblem(ctx context.Context, err error) { recordOf(ctx).problem = err }

// ActFor says for which tenant a request without a key is.
func ActFor(ctx context.Context, tenantID string) { recordOf(ctx).caller.TenantID = tenantID }

var saneID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,100}$`)

// observe surrounds every request: its id, its time limit, what it came to, one line in the log. The line holds no
// phone, text, token or path value.
func (s *Server) observe(c *fiber.Ctx) error {
	begin := time.Now()
	seen := &record{id: c.Get(fiber.HeaderXRequestID), route: "unmatched"}
	if !saneID.MatchString(seen.id) {
		seen.id = s.NewID()
	}
	c.Set(fiber.HeaderXRequestID, seen.id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), recordKey{}, seen), RequestTimeout)
	defer cancel()
	ctx, seen.span = s.traced(ctx, c)
	c.SetUserContext(ctx)
	err := s.letIn(c)
	if err != nil {
		seen.problem = err
		if err := s.refuse(c, err); err != nil {
			return err
		}
	}
	if status := c.Response().StatusCode(); s.Unheard != nil && unheard(c, status) {
		s.Unheard(status)
	}
	took := time.Since(begin)
	s.Requested(c.Method(), seen.route, c.Response().StatusCode(), took)
	if !isTurnedAway(err) {
		s.report(c, seen, took)
	}
	return nil
}

// guarded runs the handlers; a panic becomes an error.
func (s *Server) guarded(c *fiber.Ctx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()), "erro interno")
		}
	}()
	return c.Next()
}

// named notes which route was matched, and refuses what no route takes.
func (s *Server) named(r Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		recordOf(c.UserContext()).route = r.Path
		encoding := c.Get(fiber.HeaderContentEncoding)
		if r.Access.Kind != AccessWebhook && encoding != "" && encoding != "identity" {
			// A small compressed body may unfold to gigabytes.
			return fiber.ErrUnsupportedMediaType
		}
		if r.Access.Kind != AccessWebhook && !r.Streams && !r.Hidden && !utf8.Valid(c.BodyRaw()) {
			return fault.New(fault.Invalid, "o corpo não é UTF-8 válido")
		}
		if err := readable(c); err != nil {
			return err
		}
		return c.Next()
	}
}

// webhookPath is where providers' webhooks come in.
const webhookPath = "/webhooks/"

// unheard tells a webhook that is repeated, or lost, because we could not take it. What was wrong with a request is its sender's
// doing: else anybody could make us believe that we are deaf.
func unheard(c *fiber.Ctx, status int) bool {
	ours := status >= fiber.StatusInternalServerError || status == fiber.StatusTooManyRequests || status == fiber.StatusRequestTimeout
	return ours && c.Method() == fiber.MethodPost && strings.HasPrefix(c.Path(), webhookPath)
}

func (s *Server) report(c *fiber.Ctx, seen *record, took time.Duration) {
	status := c.Response().StatusCode()
	fields := []any{
		"method", c.Method(), "route", seen.route, "status", status, "duration_ms", float64(took.Microseconds()) / 1000,
		"tenant", seen.caller.TenantID, "request", seen.id,
	}
	if seen.span != nil {
		fields = append(fields, "trace", seen.span.ID())
	}
	level := slog.LevelInfo
	if status >= fiber.StatusInternalServerError {
		level = slog.LevelError
		fields = append(fields, "problem", seen.problem)
	} else if seen.problem != nil {
		fields = append(fields, "code", string(fault.CodeOf(seen.problem)))
	}
	s.Logger.Log(c.UserContext(), level, "request", fields...)
	seen.ended(c.Method(), status)
}

// traced begins a request's span, below the caller's if it names one. Questions after the process's health are not followed.
func (s *Server) traced(ctx context.Context, c *fiber.Ctx) (context.Context, *trace.Span) {
	switch c.Path() {
	case "/healthz", "/readyz", "/metrics":
		return ctx, nil
	}
	return s.Trace.Start(ctx, c.Get("traceparent"), trace.Server, c.Method())
}

// ended ends the request's span under the name of its route: the path itself may hold a token.
func (r *record) ended(method string, status int) {
	if r.span == nil {
		return
	}
	code := ""
	if status >= fiber.StatusInternalServerError {
		code = string(fault.CodeOf(r.problem))
	}
	r.span.Rename(method + " " + r.route)
	r.span.End(code, "http.request.method", method, "http.route", r.route, "http.response.status_code", status, "retoma.tenant", r.caller.TenantID, "retoma.request", r.id)
}
