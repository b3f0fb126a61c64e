package conversations

import (
	"context"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

type readMessageIn struct {
	ID   string `path:"id"`
	Body *struct {
		Typing bool `json:"typing,omitempty" doc:"mostra \"digitando\" até a resposta, ou por 25 segundos: só se houver uma resposta a caminho"`
	}
}

type readMessageView struct {
	MessageID string `json:"messageId"`
	Read      bool   `json:"read"`
	Typing    bool   `json:"typing"`
}

// readMessage shows the customer that a message, and all before it, was read.
func (h *Handlers) readMessage(ctx context.Context, in *readMessageIn) (*web.Answer[readMessageView], error) {
	message, err := h.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if message.Direction != chat.Inbound || message.ExternalID == "" || message.ChannelID == "" {
		return nil, fault.New(fault.Impossible, "só mensagens que o cliente mandou pelo WhatsApp podem ser marcadas como lidas")
	}
	channel, err := h.Store.Channel(ctx, message.TenantID, message.ChannelID)
	if err != nil {
		return nil, err
	}
	reader, can := h.Providers[channel.Provider].(provider.Reader)
	if !can {
		return nil, fault.New(fault.Impossible, "o provedor %q não marca mensagens como lidas", channel.Provider)
	}
	typing := in.Body != nil && in.Body.Typing
	if err := reader.MarkRead(ctx, channel, message.ExternalID, typing); err != nil {
		return nil, err
	}
	return web.OK(readMessageView{MessageID: message.ID, Read: true, Typing: typing})
}
