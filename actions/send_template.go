package actions

import "context"

// SendTemplate sends a provider-approved template, at any time.
type SendTemplate struct{}

// Describe names the action.
func (SendTemplate) Describe() Description {
	return Description{Name: "send_template", About: "Envia um modelo de mensagem aprovado."}
}

// Perform sends it.
func (SendTemplate) Perform(ctx context.Context, call Call) (Result, error) { return send(ctx, call) }
