package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"retoma/internal/fault"
)

// Template is a message template in the shape in which Meta lists it.
type Template struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
	// Status is APPROVED if empty; PAUSED and DISABLED cannot be sent, anything else is unknown to senders.
	Status   string `json:"status"`
	Category string `json:"category"`
	// ParameterFormat is POSITIONAL (the default) or NAMED.
	ParameterFormat string              `json:"parameter_format"`
	Components      []TemplateComponent `json:"components"`
	RejectedReason  string              `json:"rejected_reason,omitempty"`
	QualityScore    json.RawMessage     `json:"quality_score,omitempty"`
	// ReviewAt is when a pending template is decided on, PausedUntil when a pause ends, Pauses how many there were; senders do not see them.
	ReviewAt    time.Time `json:"review_at,omitzero"`
	PausedUntil time.Time `json:"paused_until,omitzero"`
	Pauses      int       `json:"pauses,omitempty"`
}

// compiledTemplate is a template with its variables counted.
type compiledTemplate struct {
	Template
	compiledPart
	footer string
	offer  *TemplateOffer
	cards  []compiledPart
	// syncedAt is until when a fresh template cannot be sent yet; planned says that what it waits for was taken up after a restart.
	syncedAt time.Time
	planned  bool
}

var variable = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// variables lists the distinct variables of a text in the order of their first use.
func variables(text string) []string {
	var names []string
	for _, match := range variable.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	return names
}

func compileTemplates(templates []Template) ([]*compiledTemplate, error) {
	compiled := make([]*compiledTemplate, 0, len(templates))
	for i, t := range templates {
		c, err := compileTemplate(t)
		if err != nil {
			bad := fault.Of(err)
			return nil, fault.Field(fmt.Sprintf("templates[%d].%s", i, bad.Field), "%s", bad.Message)
		}
		if c.ID == "" {
			c.ID = fmt.Sprintf("%d", 1_000_000_000_000_001+i)
		}
		compiled = append(compiled, c)
	}
	return compiled, nil
}

func compileTemplate(t Template) (*compiledTemplate, error) {
	if t.Name == "" {
		return nil, fault.Required("name")
	}
	if t.Language == "" {
		return nil, fault.Required("language")
	}
	t.Status = strings.ToUpper(orText(t.Status, "APPROVED"))
	t.Category = strings.ToUpper(orText(t.Category, "MARKETING"))
	t.ParameterFormat = strings.ToUpper(orText(t.ParameterFormat, "POSITIONAL"))
	if t.ParameterFormat != "POSITIONAL" && t.ParameterFormat != "NAMED" {
		return nil, fault.Field("parameter_format", "deve ser POSITIONAL ou NAMED")
	}
	c := &compiledTemplate{Template: t, compiledPart: compiledPart{named: t.ParameterFormat == "NAMED"}}
	for i, component := range t.Components {
		if err := c.take(component); err != nil {
			return nil, within(fmt.Sprintf("components[%d]", i), err)
		}
	}
	return c, nil
}

func (c *compiledTemplate) take(component TemplateComponent) error {
	switch strings.ToUpper(component.Type) {
	case "FOOTER":
		c.footer = component.Text
		if component.CodeMinutes > 0 {
			c.footer = fmt.Sprintf("Este código expira em %d minutos.", component.CodeMinutes)
		}
	case "LIMITED_TIME_OFFER":
		if component.Offer == nil {
			return fault.Required("limited_time_offer")
		}
		c.offer = component.Offer
	case "CAROUSEL":
		return c.takeCards(component.Cards)
	default:
		return c.compiledPart.take(component)
	}
	return nil
}

// substitute puts the values into a text's variables.
func substitute(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		return values[variable.FindStringSubmatch(found)[1]]
	})
}

func orText(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}
