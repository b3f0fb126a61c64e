package web

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

// ErrReplayed ends a request that was made before: its first answer has been given again.
var ErrReplayed = errors.New("the request was made before")

// Keyed is once for a handler that knows only in its middle whether two requests are the same: when it has read the body.
type Keyed struct {
	repeats *Repeats
	c       *fiber.Ctx
	ctx     context.Context
	name    string
}

// Keyed is for one request; it begins when the handler has read the body.
func (r *Repeats) Keyed(ctx context.Context, c *fiber.Ctx) *Keyed {
	return &Keyed{repeats: r, c: c, ctx: ctx}
}

// Begin remembers the request by its content; ErrReplayed tells that it was answered before.
func (k *Keyed) Begin(sum string) error {
	name := strings.TrimSpace(k.c.Get(HeaderKey))
	if name == "" {
		return nil
	}
	known, err := k.repeats.replay(k.ctx, k.c, name, sum)
	if err != nil {
		return err
	}
	if known {
		return ErrReplayed
	}
	k.name = name
	return nil
}

// End settles the key: kept with its answer, or free again.
func (k *Keyed) End(err error) error {
	if k.name == "" {
		return err
	}
	ctx, tenantID := context.WithoutCancel(k.ctx), TenantOf(k.ctx)
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
