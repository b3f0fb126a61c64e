package meta

import (
	"context"
	"encoding/json"
	"net/http"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type readOut struct {
	Product   string     `json:"messaging_product"`
	Status    string     `json:"status"`
	MessageID string     `json:"message_id"`
	Typing    *typingOut `json:"typing_indicator,omitempty"`
}

type typingOut struct {
	Type string `json:"type"`
}

// MarkRead shows the blue ticks on a customer's message and everything before it and, with typing, that an answer is being
// written, for 25 s or until it comes (providers.md section 1.2). Errors are those of a read.
func (a *Adapter) MarkRead(ctx context.Context, channel chat.Channel, externalID string, typing bool) error {
	out := readOut{Product: "whatsapp", Status: "read", MessageID: externalID}
	if typing {
		out.Typing = &typingOut{Type: "text"}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return fault.Wrap(fault.ProviderRejected, err, "a marca de leitura não pode ser escrita em JSON")
	}
	_, err = a.ask(ctx, channel, http.MethodPost, endpoint(channel, channel.Account, "messages"), body)
	return err
}
