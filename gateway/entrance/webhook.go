package entrance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// webhookTimeout is shorter than the time after which providers repeat a webhook.
const webhookTimeout = 10 * time.Second

// webhookChannel finds the channel by the token in the path. A wrong token and a wrong provider are the same to the caller.
func (h *Handlers) webhookChannel(ctx context.Context, c *fiber.Ctx) (chat.Channel, provider.Provider, error) {
	adapter, known := h.Providers[c.Params("provider")]
	channel, err := h.Store.ChannelByToken(ctx, c.Params("channelToken"))
	if err == nil && (!known || channel.Provider != adapter.Name()) {
		err = fault.New(fault.NotFound, "Canal não encontrado")
	}
	return channel, adapter, err
}

// challengeWebhook answers the provider's verification.
func (h *Handlers) challengeWebhook(c *fiber.Ctx) error {
	channel, adapter, err := h.webhookChannel(c.UserContext(), c)
	if err != nil {
		return h.webhookFailed(err)
	}
	challenger, can := adapter.(provider.Challenger)
	if !can {
		return fault.New(fault.NotFound, "este provedor não verifica o endereço")
	}
	body, err := challenger.Challenge(channel, func(name string) string { return c.Query(name) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString(body)
}

// receiveWebhook verifies the raw bytes, reads them, and answers 200 when all is committed (architecture.md, The two walks).
func (h *Handlers) receiveWebhook(c *fiber.Ctx) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(c.UserContext(), webhookTimeout)
	defer cancel()
	name, outcome, err := h.webhook(ctx, c)
	h.Counter.Webhook(name, outcome, time.Since(began))
	if err != nil {
		return err
	}
	return c.SendStatus(http.StatusOK)
}

// webhook takes a webhook in and says what came of it, in the words of the metrics.
func (h *Handlers) webhook(ctx context.Context, c *fiber.Ctx) (name, outcome string, err error) {
	channel, adapter, err := h.webhookChannel(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return Unknown, UnknownChannel, err
	}
	if err != nil {
		return Unknown, Failed, h.webhookFailed(err)
	}
	name = adapter.Name()
	web.ActFor(ctx, channel.TenantID)
	body := bytes.Clone(c.BodyRaw())
	request := provider.Request{Header: func(name string) string { return c.Get(name) }, URL: h.publicURL(c), Body: body}
	if err := adapter.Verify(channel, request); err != nil {
		h.Hearing.Forged(channel)
		h.Listening.Missed(channel.TenantID, channel.ID, "um webhook deste canal foi recusado: assinatura errada")
		return name, Refused, err
	}
	h.Hearing.Good(channel, h.Now())
	batch, err := adapter.Parse(body, h.Now())
	if err != nil {
		// It is signed, so it is from the provider: repeating it would not make it readable, but somebody can look at it.
		batch = provider.Batch{Rejected: []provider.Rejection{{Reason: fault.Of(err).Message, Raw: body}}}
	}
	news, err := h.takeIn(ctx, channel, batch)
	if err != nil {
		return name, Failed, h.webhookFailed(err)
	}
	if news {
		return name, Accepted, nil
	}
	return name, Duplicate, nil
}

// webhookFailed keeps what is unknown apart from a database that is away: 503 makes every provider come again.
func (h *Handlers) webhookFailed(err error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "não foi possível guardar o webhook; tente de novo")
}

func (h *Handlers) publicURL(c *fiber.Ctx) string {
	if h.PublicURL == "" {
		return c.BaseURL() + c.OriginalURL()
	}
	return h.PublicURL + c.OriginalURL()
}

// takeIn writes a batch down, wakes whom it is about, and applies the news that belong to nobody's conversation. When it
// fails the provider comes again with the whole, and what is known by then is not done twice. News tells that something in
// it was not known.
func (h *Handlers) takeIn(ctx context.Context, channel chat.Channel, batch provider.Batch) (news bool, err error) {
	router, err := h.routerFor(ctx, channel, batch)
	if err != nil {
		return false, err
	}
	sorted, told := router.sort(batch)
	h.countItems(channel.Provider, sorted, told)
	// Of delivery states and news nobody can tell cheaply whether they are known; only a webhook of known messages is a duplicate.
	news = len(sorted.Arrivals) == 0
	for _, piece := range pieces(sorted, pieceSize) {
		written, err := h.Receive(ctx, piece)
		if err != nil {
			return news, err
		}
		h.Listening.Confirmed(channel.TenantID, written.Confirmed)
		h.followStatuses(ctx, piece.Statuses)
		news = news || slices.ContainsFunc(written.Accepted, func(one desk.Accepted) bool { return !one.Duplicate })
	}
	if len(batch.Rejected) > 0 {
		for _, reached := range router.byAccount {
			h.Listening.Missed(reached.TenantID, reached.ID, "uma parte de um webhook não pôde ser lida")
		}
	}
	return news, h.tell(ctx, channel.TenantID, told)
}

// tell applies news and has the team told of what changed.
func (h *Handlers) tell(ctx context.Context, tenantID string, told []desk.ChannelNews) error {
	if len(told) == 0 {
		return nil
	}
	heard, err := h.Store.Tell(ctx, tenantID, told)
	if err != nil {
		return fmt.Errorf("news: %w", err)
	}
	for _, id := range heard.Notifications {
		h.Waker.Notification(id)
	}
	for _, channelID := range heard.Freed {
		if err := h.WakeChannel(ctx, chat.Channel{TenantID: tenantID, ID: channelID}); err != nil {
			h.Logger.Warn("what waited is woken at its next look", "channel", channelID, "error", err)
		}
	}
	return nil
}

func describeChallenge(op *huma.Operation, _ huma.Registry) {
	op.Description = "Verificação do endereço pelo provedor (na Meta: hub.mode, hub.verify_token, hub.challenge)."
	op.Responses["200"] = &huma.Response{Description: "O desafio, como veio", Content: map[string]*huma.MediaType{
		"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
}

func describeWebhook(op *huma.Operation, _ huma.Registry) {
	op.Description = "Webhook do provedor, no formato dele, com a assinatura dele. Guardado antes da resposta."
	op.RequestBody = &huma.RequestBody{Required: true, Content: web.JSONContent(&huma.Schema{})}
	op.Responses["200"] = &huma.Response{Description: "Guardado"}
}
