package actions

import (
	"context"
	"time"

	"retoma/internal/fault"
)

// SendTemplate sends a provider-approved template, at any time.
type SendTemplate struct{}

// Describe names the action.
func (SendTemplate) Describe() Description {
	return Description{Name: "send_template", About: "Envia um modelo de mensagem aprovado."}
}

// Perform sends it.
func (SendTemplate) Perform(ctx context.Context, call Call) (Result, error) { return send(ctx, call) }

// A provider may need some minutes before all of it knows an approved template (providers.md section 1.4, 134101).
const (
	templateSettles = 10 * time.Minute
	templatePause   = time.Minute
)

// patient turns "no such template" into a wait as long as the template is fresh.
func patient(call Call, err error) error {
	used := call.Message.Content.Template
	if !fault.Is(err, fault.TemplateNotFound) || used == nil || call.Template == nil {
		return err
	}
	template, known := call.Template(used.Name, used.Language)
	if !known || template.UsableSince.IsZero() || call.Now.Sub(template.UsableSince) >= templateSettles {
		return err
	}
	problem := *fault.Of(err)
	problem.Code, problem.After, problem.Reach = fault.RateLimited, templatePause, fault.Reach{}
	problem.Message = "o template foi aprovado há pouco e o WhatsApp ainda não o conhece por inteiro: o envio espera"
	return &problem
}
