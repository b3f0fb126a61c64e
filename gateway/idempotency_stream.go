package gateway

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// errReplayed ends a request that was made before: its first answer has been given again.
var errReplayed = errors.New("the request was made before")

// keyed is once for a handler that knows only in its middle whether two requests are the same: when it has read the body.
type keyed struct {
	repeats *repeats
	c       *fiber.Ctx
	ctx     context.Context
	name    string
}

func (r *repeats) keyed(ctx context.Context, c *fiber.Ctx) *keyed {
	return &keyed{repeats: r, c: c, ctx: ctx}
}

// begin remembers the request by its content; errReplayed tells that it was answered before.
func (k *keyed) begin(sum string) error {
	name := strings.TrimSpace(k.c.Get(headerKey))
	if name == "" {
		return nil
	}
	known, err := k.repeats.replay(k.ctx, k.c, name, sum)
	if err != nil {
		return err
	}
	if known {
		return errReplayed
	}
	k.name = name
	return nil
}

// end settles the key: kept with its answer, or free again.
func (k *keyed) end(err error) error {
	if k.name == "" {
		return err
	}
	ctx, tenantID := context.WithoutCancel(k.ctx), tenantOf(k.ctx)
	var failed error
	status := k.c.Response().StatusCode()
	switch {
	case err == nil && status >= http.StatusOK && status < http.StatusMultipleChoices:
		failed = k.repeats.store.RememberAnswer(ctx, tenantID, k.name, chat.Answer{Status: status, Body: string(bytes.Clone(k.c.Response().Body()))})
	case fault.CodeOf(err).Status() < http.StatusInternalServerError:
		failed = k.repeats.store.ForgetRequest(ctx, tenantID, k.name)
	default:
		failed = k.repeats.store.RememberAnswer(ctx, tenantID, k.name, chat.Answer{})
	}
	if failed != nil {
		k.repeats.logger.ErrorContext(ctx, "idempotency answer not kept", "problem", failed)
	}
	return err
}
