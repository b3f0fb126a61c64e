package nodes

import (
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
)

// spoken compiles a text that the customer will read: a command is refused, because nobody would carry it out.
func spoken(c *flows.Compiler, field, source string) *expr.Template {
	if chat.CommandMark(source) != "" {
		c.Problem(field, "tem um comando (#{...}), que o cliente leria: tire-o do texto")
	}
	return c.Template(field, source)
}

// say fills in a text that the customer will read. Values, such as a name, may hold what looks like a command or an open
// variable: its braces go, and the log says so.
func say(s *flows.Step, template *expr.Template) (string, error) {
	text, err := s.Render(template)
	if err != nil {
		return "", err
	}
	clean := chat.WithoutMarks(text)
	if clean != text {
		s.LogSend("marks", "cleaned", "um valor tinha a forma de um comando ou de uma variável: foi sem as chaves", map[string]any{"text": clean})
	}
	return clean, nil
}

// compileText and renderText are how the texts of a tree are compiled and filled in: for machines, or for the customer.
type (
	compileText func(c *flows.Compiler, field, source string) *expr.Template
	renderText  func(s *flows.Step, template *expr.Template) (string, error)
)
