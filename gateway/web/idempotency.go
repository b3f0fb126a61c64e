package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// IdempotencyStore remembers requests by their keys for 24 hours.
type IdempotencyStore interface {
	RememberRequest(ctx context.Context, tenantID, key, request string) (*chat.Answer, error)
	RememberAnswer(ctx context.Context, tenantID, key string, answer chat.Answer) error
	ForgetRequest(ctx context.Context, tenantID, key string) error
}

// Repeats knows the requests that were made before, by their Idempotency-Key.
type Repeats struct {
	store  IdempotencyStore
	now    func() time.Time
	logger *slog.Logger
}

const (
	HeaderKey      = "Idempotency-Key"
	headerReplayed = "Idempotent-Replayed"
	// maxKey is the longest idempotency key.
	maxKey = 200
)

// once answers a request that was made before with the first answer, if it carries the same key (api.md, Conventions).
// Only successes are remembered: what failed changed nothing and may be tried again.
func (r *Repeats) once(c *fiber.Ctx) error {
	name := strings.TrimSpace(c.Get(HeaderKey))
	if name == "" {
		return c.Next()
	}
	ctx := c.UserContext()
	tenantID := TenantOf(ctx)
	sum := fingerprint(c, tenantID)
	if known, err := r.replay(ctx, c, name, sum); known || err != nil {
		return err
	}
	c.SetUserContext(context.WithValue(ctx, requestKey{}, &keyedRequest{name: name, content: sum, day: r.now().Unix() / secondsOfKey}))
	answer := chat.Answer{}
	// Whatever happens in the handler, the key is settled: kept with its answer, or free again.
	settle := func() error { return r.store.RememberAnswer(context.WithoutCancel(ctx), tenantID, name, answer) }
	defer func() {
		if err := settle(); err != nil {
			r.logger.ErrorContext(ctx, "idempotency answer not kept", "problem", err)
		}
	}()
	if err := c.Next(); err != nil {
		if fault.CodeOf(err).Status() < http.StatusInternalServerError {
			// It was refused, or its message failed for good: nothing is left of it, and it may be made again.
			settle = func() error { return r.store.ForgetRequest(context.WithoutCancel(ctx), tenantID, name) }
		}
		return err
	}
	if status := c.Response().StatusCode(); status >= http.StatusOK && status < http.StatusMultipleChoices {
		answer = chat.Answer{Status: status, Body: string(bytes.Clone(c.Response().Body()))}
	}
	return nil
}

// replay gives the first answer again to a request that was made before; else the request is remembered as the first one.
func (r *Repeats) replay(ctx context.Context, c *fiber.Ctx, name, sum string) (known bool, err error) {
	earlier, err := r.store.RememberRequest(ctx, TenantOf(ctx), name, sum)
	if err != nil || earlier == nil {
		return false, err
	}
	c.Set(headerReplayed, "true")
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return true, c.Status(earlier.Status).SendString(earlier.Body)
}

// requestKey finds the idempotency key of the present request.
type requestKey struct{}

// keyedRequest is the present request's key, and how many events it has written down so far.
type keyedRequest struct {
	name, content string
	// day is the day on which the key is used: a key is free again after 24 hours, and then means a new request.
	day    int64
	events int
}

// secondsOfKey is how long a key is kept.
const secondsOfKey = 24 * 60 * 60

// NameEvents gives the events of a keyed request names of their own, the same ones when the request is made again: what was
// written down before a crash is then known, and not written twice.
func NameEvents(ctx context.Context, arrivals []desk.Arrival) {
	request, has := ctx.Value(requestKey{}).(*keyedRequest)
	if !has {
		return
	}
	for i := range arrivals {
		name := request.nextName()
		if event := &arrivals[i].Event; event.ExternalID == "" && !arrivals[i].OnlyPerson {
			event.ExternalID = name
		}
	}
}

// NameDeeds does the same for deeds.
func NameDeeds(ctx context.Context, deeds []desk.Deed) {
	request, has := ctx.Value(requestKey{}).(*keyedRequest)
	if !has {
		return
	}
	for i := range deeds {
		if name := request.nextName(); deeds[i].ExternalID == "" {
			deeds[i].ExternalID = name
		}
	}
}

func (r *keyedRequest) nextName() string {
	r.events++
	return fmt.Sprintf("request:%s:%s:%d:%d", r.name, r.content, r.day, r.events)
}

// Asked is the present request and its answer, for a change that keeps the two in one commit; nil without a key.
func Asked(ctx context.Context, status int, data any) (*desk.Request, error) {
	request, has := ctx.Value(requestKey{}).(*keyedRequest)
	if !has {
		return nil, nil
	}
	body, err := json.Marshal(Success[any]{Success: true, Data: data})
	if err != nil {
		return nil, err
	}
	return &desk.Request{Key: request.name, Answer: chat.Answer{Status: status, Body: string(body)}}, nil
}

// fingerprint tells whether two requests are the same one: caller's tenant, method, path and body.
func fingerprint(c *fiber.Ctx, tenantID string) string {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(tenantID), []byte(c.Method()), []byte(c.Path()), c.BodyRaw()} {
		size := len(part)
		sum.Write([]byte{byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)})
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
