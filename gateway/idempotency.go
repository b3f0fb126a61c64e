package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type idempotencyStore interface {
	RememberRequest(ctx context.Context, tenantID, key, request string) (*chat.Answer, error)
	RememberAnswer(ctx context.Context, tenantID, key string, answer chat.Answer) error
}

const (
	headerKey      = "Idempotency-Key"
	headerReplayed = "Idempotent-Replayed"
	// maxKey is the longest idempotency key.
	maxKey = 200
)

// once answers a request that was made before with the first answer, if it carries the same key (api.md, Conventions).
// Only successes are remembered: what failed changed nothing and may be tried again.
func (g *Gateway) once(c *fiber.Ctx) error {
	name := strings.TrimSpace(c.Get(headerKey))
	if name == "" {
		return c.Next()
	}
	if len(name) > maxKey {
		return fault.Field(headerKey, "no máximo %d caracteres", maxKey)
	}
	ctx := c.UserContext()
	tenantID := tenantOf(ctx)
	earlier, err := g.Store.RememberRequest(ctx, tenantID, name, fingerprint(c, tenantID))
	if err != nil {
		return err
	}
	if earlier != nil {
		c.Set(headerReplayed, "true")
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Status(earlier.Status).SendString(earlier.Body)
	}
	c.SetUserContext(context.WithValue(ctx, requestKey{}, name))
	answer := chat.Answer{}
	// Whatever happens in the handler, the key is settled: kept with its answer, or free again.
	defer func() {
		if err := g.Store.RememberAnswer(context.WithoutCancel(ctx), tenantID, name, answer); err != nil {
			g.Logger.ErrorContext(ctx, "idempotency answer not kept", "problem", err)
		}
	}()
	if err := c.Next(); err != nil {
		return err
	}
	if status := c.Response().StatusCode(); status >= http.StatusOK && status < http.StatusMultipleChoices {
		answer = chat.Answer{Status: status, Body: string(bytes.Clone(c.Response().Body()))}
	}
	return nil
}

// requestKey finds the idempotency key of the present request.
type requestKey struct{}

// asked is the present request and its answer, for a change that keeps the two in one commit; nil without a key.
func asked(ctx context.Context, status int, data any) (*desk.Request, error) {
	name, has := ctx.Value(requestKey{}).(string)
	if !has {
		return nil, nil
	}
	body, err := json.Marshal(Success[any]{Success: true, Data: data})
	if err != nil {
		return nil, err
	}
	return &desk.Request{Key: name, Answer: chat.Answer{Status: status, Body: string(body)}}, nil
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
