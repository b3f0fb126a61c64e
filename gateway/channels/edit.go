package channels

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// The pace of a new channel: the provider's own limit for a new number, and its spacing for one contact
// (providers.md section 1.5).
const (
	newPerSecond   = 80
	newPairSeconds = 6
)

type createChannelIn struct{ Body channelBody }

func (h *Handlers) createChannel(ctx context.Context, in *createChannelIn) (*web.Answer[channelView], error) {
	switch {
	case in.Body.Name == nil:
		return nil, fault.Required("name")
	case in.Body.Provider == nil:
		return nil, fault.Required("provider")
	case in.Body.Phone == nil:
		return nil, fault.Required("phone")
	}
	token, err := randomToken()
	if err != nil {
		return nil, err
	}
	channel := chat.Channel{
		ID: h.NewID(), TenantID: web.TenantOf(ctx), Provider: *in.Body.Provider, Token: token, Online: true,
		PerSecond: newPerSecond, PairSeconds: newPairSeconds, OnUnconfirmed: chat.UnconfirmedHold, CreatedAt: web.Stamp(h.Now()),
	}
	if err := in.Body.apply(&channel); err != nil {
		return nil, err
	}
	if err := h.checkConfig(channel); err != nil {
		return nil, err
	}
	if err := h.Store.CreateChannel(ctx, channel); err != nil {
		return nil, err
	}
	return web.Created(h.viewChannel(channel))
}

// randomToken is 24 random bytes: the secret part of a webhook's path.
func randomToken() (string, error) {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return hex.EncodeToString(raw), nil
}

func (h *Handlers) listChannels(ctx context.Context, in *web.Paged) (*web.Answer[[]channelView], error) {
	all, err := h.Store.Channels(ctx, web.TenantOf(ctx))
	if err != nil {
		return nil, err
	}
	part, next := web.PageOf(all, in.Page(), func(c chat.Channel) string { return c.ID })
	return &web.Answer[[]channelView]{Status: 200, Body: web.Success[[]channelView]{Success: true, Data: web.Viewed(part, h.viewFor(web.CallerOf(ctx))), NextCursor: next}}, nil
}

func (h *Handlers) getChannel(ctx context.Context, in *web.ByID) (*web.Answer[channelView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	templates, err := h.Store.Templates(ctx, channel.TenantID, channel.ID)
	if err != nil {
		return nil, err
	}
	view := h.viewFor(web.CallerOf(ctx))(channel)
	view.Limits = append(view.Limits, heldTemplates(templates, h.Now())...)
	return web.OK(view)
}

type changeChannelIn struct {
	ID   string `path:"id"`
	Body channelBody
}

func (h *Handlers) changeChannel(ctx context.Context, in *changeChannelIn) (*web.Answer[channelView], error) {
	return h.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		if in.Body.Provider != nil && *in.Body.Provider != c.Provider {
			return fault.Field("provider", "o provedor de um canal não muda: crie outro canal")
		}
		if err := in.Body.apply(c); err != nil {
			return err
		}
		return h.checkConfig(*c)
	})
}

func (h *Handlers) editChannel(ctx context.Context, text string, change func(*chat.Channel) error) (*web.Answer[channelView], error) {
	id, err := web.PathID(text, people.ChannelMissing)
	if err != nil {
		return nil, err
	}
	changed, err := h.Store.ChangeChannel(ctx, web.TenantOf(ctx), id, change)
	if err != nil {
		return nil, err
	}
	return web.OK(h.viewChannel(changed))
}

func (h *Handlers) pauseChannel(ctx context.Context, in *web.ByID) (*web.Answer[channelView], error) {
	return h.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		if c.PausedAt.IsZero() {
			c.PausedAt = h.Now()
		}
		return nil
	})
}

// resumeChannel lets a channel send again: after a pause, and after an outage or a refused country that a person says is over.
func (h *Handlers) resumeChannel(ctx context.Context, in *web.ByID) (*web.Answer[channelView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.liftCountries(ctx, channel); err != nil {
		return nil, err
	}
	answer, err := h.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		c.PausedAt = time.Time{}
		*c, _ = c.Recover(fault.LiftPerson, h.Now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, h.LetGo(ctx, answer.Body.Data.ID, "")
}

func (h *Handlers) deleteChannel(ctx context.Context, in *web.ByID) (*web.Said, error) {
	_, err := h.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		c.DeletedAt = h.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return web.Say("Canal removido")
}
