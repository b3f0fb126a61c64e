package nodes

import (
	"regexp"
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
	prompt    instruction
	fallback  *expr.Template
}

// instruction is what a step tells its assistant. Its variables are handed over as data beside it, never as part of it:
// what stands in a contact's name or field must not become an order.
type instruction struct {
	text string
	data map[string]*expr.Template
}

var variablePattern = regexp.MustCompile(`\{\{(.*?)\}\}`)

// compileInstruction puts a reference in the place of each variable.
func compileInstruction(c *flows.Compiler, source string) instruction {
	compiled := instruction{data: map[string]*expr.Template{}}
	if c.Template("prompt", source) == nil {
		return compiled
	}
	compiled.text = variablePattern.ReplaceAllStringFunc(source, func(variable string) string {
		name, _, _ := strings.Cut(strings.Trim(variable, "{} "), "|")
		name = strings.TrimSpace(name)
		compiled.data[name] = c.Template("prompt", variable)
		return "(dado " + name + ")"
	})
	return compiled
}

func (i instruction) render(s *flows.Step) (map[string]string, error) {
	if len(i.data) == 0 {
		return nil, nil
	}
	values := make(map[string]string, len(i.data))
	for name, template := range i.data {
		value, err := s.Render(template)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
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
	return &writing{assistant: p.Assistant, prompt: compileInstruction(c, p.Prompt), fallback: spoken(c, "fallback", p.Fallback)}
}

// render gathers the data of the prompt and fills in the fallback.
func (w *writing) render(s *flows.Step) (*chat.Writing, error) {
	data, err := w.prompt.render(s)
	if err != nil {
		return nil, err
	}
	fallback, err := say(s, w.fallback)
	if err != nil {
		// The assistant may still write a text of its own; without one the message fails, and this says why.
		s.Log("fallback", "unusable", fault.Of(err).Message, nil)
		fallback = ""
	}
	if length := utf8.RuneCountInString(fallback); length > flows.MaxText {
		return nil, fault.New(fault.TemplateParams, "texto de reserva preenchido tem %d caracteres, no máximo %d", length, flows.MaxText)
	}
	return &chat.Writing{AssistantID: w.assistant, Prompt: w.prompt.text, Data: data, Fallback: fallback}, nil
}
