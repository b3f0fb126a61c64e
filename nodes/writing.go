package nodes

import (
	"strings"
	"unicode/utf8"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// writing is a text that an assistant is to write when it is due.
type writing struct {
	assistant string
	prompt    *expr.Template
	fallback  *expr.Template
}

// maxPrompt bounds what one step may tell its assistant, in characters.
const maxPrompt = 8000

// compileWriting reads prompt, assistant and fallback; nil where there is no prompt.
func (p followUpParams) compileWriting(c *flows.Compiler) *writing {
	if strings.TrimSpace(p.Prompt) == "" {
		if p.Assistant != "" {
			c.Problem("assistant", "acompanha prompt, que falta")
		}
		if p.Fallback != "" {
			c.Problem("fallback", "acompanha prompt, que falta")
		}
		return nil
	}
	if p.Text != "" || p.Attachment != nil {
		c.Problem("prompt", "use prompt ou text, não os dois: o texto fixo de um prompt é fallback")
	}
	if p.Assistant == "" {
		c.Required("assistant")
	}
	if length := utf8.RuneCountInString(p.Prompt); length > maxPrompt {
		c.Problem("prompt", "no máximo %d caracteres, tem %d", maxPrompt, length)
	}
	if length := utf8.RuneCountInString(p.Fallback); length > flows.MaxText {
		c.Problem("fallback", "no máximo %d caracteres, tem %d", flows.MaxText, length)
	}
	return &writing{assistant: p.Assistant, prompt: c.Template("prompt", p.Prompt), fallback: c.Template("fallback", p.Fallback)}
}

// render fills in the variables of the prompt and of the fallback.
func (w *writing) render(s *flows.Step) (*chat.Writing, error) {
	prompt, err := s.Render(w.prompt)
	if err != nil {
		return nil, err
	}
	fallback, err := s.Render(w.fallback)
	if err != nil {
		// The assistant may still write a text of its own; without one the message fails, and this says why.
		s.Log("fallback", "unusable", fault.Of(err).Message, nil)
		fallback = ""
	}
	if length := utf8.RuneCountInString(fallback); length > flows.MaxText {
		return nil, fault.New(fault.TemplateParams, "texto de reserva preenchido tem %d caracteres, no máximo %d", length, flows.MaxText)
	}
	return &chat.Writing{AssistantID: w.assistant, Prompt: prompt, Fallback: fallback}, nil
}
