package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

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

func (g *Gateway) createChannel(ctx context.Context, in *createChannelIn) (*Answer[channelView], error) {
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
		ID: g.NewID(), TenantID: tenantOf(ctx), Provider: *in.Body.Provider, Token: token, Online: true,
		PerSecond: newPerSecond, PairSeconds: newPairSeconds, OnUnconfirmed: chat.UnconfirmedHold, CreatedAt: stamp(g.Now()),
	}
	if err := in.Body.apply(&channel); err != nil {
		return nil, err
	}
	if err := g.checkConfig(channel); err != nil {
		return nil, err
	}
	if err := g.Store.CreateChannel(ctx, channel); err != nil {
		return nil, err
	}
	return created(g.viewChannel(channel))
}

// randomToken is 24 random bytes: the secret part of a webhook's path.
func randomToken() (string, error) {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return hex.EncodeToString(raw), nil
}

func (g *Gateway) listChannels(ctx context.Context, in *modelsIn) (*Answer[[]channelView], error) {
	all, err := g.Store.Channels(ctx, tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	part, next := pageOf(all, in.page(), func(c chat.Channel) string { return c.ID })
	return &Answer[[]channelView]{Status: 200, Body: Success[[]channelView]{Success: true, Data: viewed(part, g.viewChannel), NextCursor: next}}, nil
}

func (g *Gateway) getChannel(ctx context.Context, in *byID) (*Answer[channelView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	templates, err := g.Store.Templates(ctx, channel.TenantID, channel.ID)
	if err != nil {
		return nil, err
	}
	view := g.viewChannel(channel)
	view.Limits = append(view.Limits, heldTemplates(templates, g.Now())...)
	return ok(view)
}

type changeChannelIn struct {
	ID   string `path:"id"`
	Body channelBody
}

func (g *Gateway) changeChannel(ctx context.Context, in *changeChannelIn) (*Answer[channelView], error) {
	return g.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		if in.Body.Provider != nil && *in.Body.Provider != c.Provider {
			return fault.Field("provider", "o provedor de um canal não muda: crie outro canal")
		}
		if err := in.Body.apply(c); err != nil {
			return err
		}
		return g.checkConfig(*c)
	})
}

func (g *Gateway) editChannel(ctx context.Context, text string, change func(*chat.Channel) error) (*Answer[channelView], error) {
	id, err := pathID(text, channelMissing)
	if err != nil {
		return nil, err
	}
	changed, err := g.Store.ChangeChannel(ctx, tenantOf(ctx), id, change)
	if err != nil {
		return nil, err
	}
	return ok(g.viewChannel(changed))
}

func (g *Gateway) pauseChannel(ctx context.Context, in *byID) (*Answer[channelView], error) {
	return g.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		if c.PausedAt.IsZero() {
			c.PausedAt = g.Now()
		}
		return nil
	})
}

// resumeChannel lets a channel send again: after a pause, and after an outage or a refused country that a person says is over.
func (g *Gateway) resumeChannel(ctx context.Context, in *byID) (*Answer[channelView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := g.liftCountries(ctx, channel); err != nil {
		return nil, err
	}
	answer, err := g.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		c.PausedAt = time.Time{}
		*c, _ = c.Recover(fault.LiftPerson, g.Now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, g.letGo(ctx, answer.Body.Data.ID, "")
}

func (g *Gateway) deleteChannel(ctx context.Context, in *byID) (*Said, error) {
	_, err := g.editChannel(ctx, in.ID, func(c *chat.Channel) error {
		c.DeletedAt = g.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return said("Canal removido")
}
