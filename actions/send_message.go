package actions

import "context"

// SendMessage sends a free-form message, or its fallback template when the window was closed.
type SendMessage struct{}

// Describe names the action.
func (SendMessage) Describe() Description {
	return Description{Name: "send_message", About: "Envia uma mensagem de formato livre dentro da janela de 24 horas."}
}

// Perform sends it.
func (SendMessage) Perform(ctx context.Context, call Call) (Result, error) { return send(ctx, call) }
