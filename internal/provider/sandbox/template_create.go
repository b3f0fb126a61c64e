package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Subcodes of the refusals of template creation, all under code 100 (Meta's page "Error codes", template creation).
const (
	subcodeTooMany     = 2388019
	subcodeDeleted     = 2388023
	subcodeExists      = 2388024
	subcodeTooLong     = 2388040
	subcodeHeader      = 2388047
	subcodeBody        = 2388072
	subcodeFooter      = 2388073
	subcodeDensity     = 2388293
	subcodeEdges       = 2388299
	mostTemplates      = 250
	templateNameLife   = 30 * 24 * time.Hour
	longestBody        = 1024
	longestCardBody    = 160
	longestOfferBody   = 600
	longestOfferText   = 16
	longestOfferCode   = 15
	longestCoupon      = 20
	longestOneTimeCode = 15
	longestHeader      = 60
	longestButton      = 25
	mostButtons        = 10
	longestButtonLink  = 2000
)

var (
	templateName     = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	templateLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2,3})?$`)
	anyVariable      = regexp.MustCompile(`\{\{[^}]*\}\}`)
)

// refuseTemplate is a refusal of the editor's making: with words for a person, and error_data as a text.
func refuseTemplate(subcode int, title, format string, args ...any) *graphError {
	return &graphError{code: 100, subcode: subcode, status: http.StatusBadRequest, bare: true, title: "Invalid parameter", userTitle: title,
		userMessage: fmt.Sprintf(format, args...)}
}

// templateRequest is the body of POST /{waba-id}/message_templates and of POST /{template-id}.
type templateRequest struct {
	Name            string              `json:"name"`
	Language        string              `json:"language"`
	Category        string              `json:"category"`
	ParameterFormat string              `json:"parameter_format"`
	Components      []TemplateComponent `json:"components"`
	// AllowChange and TTL are taken and mean nothing here.
	AllowChange bool        `json:"allow_category_change"`
	TTL         json.Number `json:"message_send_ttl_seconds"`
}

func decodeTemplateRequest(raw []byte) (*templateRequest, *graphError) {
	var request templateRequest
	if refused := decodeObject("template", raw, &request); refused != nil {
		return nil, refused
	}
	request.Category, request.ParameterFormat = strings.ToUpper(request.Category), strings.ToUpper(orText(request.ParameterFormat, "POSITIONAL"))
	return &request, nil
}

// checkNew checks what only a new template has.
func (r *templateRequest) checkNew() *graphError {
	switch {
	case !templateName.MatchString(r.Name):
		return refuse(100, "Param name must be at most 512 characters long and have only lowercase letters, digits and underscores.")
	case !templateLanguage.MatchString(r.Language):
		return refuse(100, "Param language must be a supported language code - got %q.", r.Language)
	case r.ParameterFormat != "POSITIONAL" && r.ParameterFormat != "NAMED":
		return refuse(100, "Param parameter_format must be one of {POSITIONAL, NAMED} - got %q.", r.ParameterFormat)
	}
	return r.checkCategory()
}

func (r *templateRequest) checkCategory() *graphError {
	if !slices.Contains([]string{"MARKETING", "UTILITY", "AUTHENTICATION"}, r.Category) {
		return refuse(100, "Param category must be one of {AUTHENTICATION, MARKETING, UTILITY} - got %q.", r.Category)
	}
	return nil
}

// checkContent checks the components one by one and that there is a body.
func (r *templateRequest) checkContent() *graphError {
	seen := map[string]bool{}
	for i := range r.Components {
		c := &r.Components[i]
		c.Type = strings.ToUpper(c.Type)
		if seen[c.Type] {
			return refuse(100, "Param components has %s twice.", c.Type)
		}
		seen[c.Type] = true
		if refused := r.checkComponent(c, i); refused != nil {
			return refused
		}
	}
	if !seen["BODY"] {
		return refuseTemplate(subcodeBody, "Message template needs a body", "A component of type BODY is required.")
	}
	return r.checkKind()
}

func (r *templateRequest) checkComponent(c *TemplateComponent, index int) *graphError {
	switch c.Type {
	case "HEADER":
		return r.checkHeader(c)
	case "BODY":
		return r.checkBody(c)
	case "LIMITED_TIME_OFFER":
		return checkOffer(c.Offer)
	case "CAROUSEL":
		return r.checkCards(c.Cards, index)
	case "FOOTER":
		if r.Category == "AUTHENTICATION" {
			return checkCodeFooter(c)
		}
		if c.Text == "" || anyVariable.MatchString(c.Text) || strings.Contains(c.Text, "\n") {
			return refuseTemplate(subcodeFooter, "Message footer format is incorrect", "The footer needs a text without variables, newlines or formatting.")
		}
		return longest("footer", c.Text, longestHeader)
	case "BUTTONS":
		return checkButtons(c.Buttons)
	}
	return refuse(100, "Param components[%d]['type'] must be one of {HEADER, BODY, FOOTER, BUTTONS, LIMITED_TIME_OFFER, CAROUSEL} - got %q.", index, c.Type)
}

func longest(place, text string, most int) *graphError {
	if n := utf8.RuneCountInString(text); n > most {
		return refuseTemplate(subcodeTooLong, "Character limit exceeded", "The %s has %d characters; the limit is %d.", place, n, most)
	}
	return nil
}

func (r *templateRequest) checkHeader(c *TemplateComponent) *graphError {
	c.Format = strings.ToUpper(orText(c.Format, "TEXT"))
	wrong := func(format string, args ...any) *graphError {
		return refuseTemplate(subcodeHeader, "Message header format is incorrect", format, args...)
	}
	switch c.Format {
	case "LOCATION":
		return nil
	case "IMAGE", "VIDEO", "DOCUMENT":
		if !hasExample(c.Example, "header_handle") {
			return wrong("A header of format %s needs an example with header_handle.", c.Format)
		}
		return nil
	case "TEXT":
	default:
		return wrong("The header's format must be one of TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION.")
	}
	names := anyVariable.FindAllString(c.Text, -1)
	switch {
	case c.Text == "" || strings.ContainsAny(c.Text, "\n*_~`"):
		return wrong("The header needs a text without newlines or formatting.")
	case len(names) > 1:
		return wrong("The header takes one variable at most.")
	case len(names) == 1 && !hasExample(c.Example, "header_text", "header_text_named_params"):
		return wrong("The header's variable needs an example.")
	}
	if refused := r.checkNames(names, subcodeHeader); refused != nil {
		return refused
	}
	return longest("header", c.Text, longestHeader)
}

func (r *templateRequest) checkBody(c *TemplateComponent) *graphError {
	if c.Text == "" && r.Category == "AUTHENTICATION" {
		c.Text = "*{{1}}* é seu código de verificação."
		if c.Recommend {
			c.Text += " Para sua segurança, não o compartilhe."
		}
		return nil
	}
	if refused := r.checkBodyText(c); refused != nil {
		return refused
	}
	names := anyVariable.FindAllString(c.Text, -1)
	text := strings.TrimSpace(c.Text)
	if len(names) > 0 && (strings.HasPrefix(text, "{{") || strings.HasSuffix(text, "}}")) {
		return refuseTemplate(subcodeEdges, "Leading or trailing variables are not allowed", "Variables can't be at the start or end of the template.")
	}
	words := len(strings.Fields(anyVariable.ReplaceAllString(c.Text, " ")))
	if words < 2*len(names)+1 {
		return refuseTemplate(subcodeDensity, "Parameters words ratio exceeds limit", "This template has too many variables for its length.")
	}
	return longest("body", c.Text, longestBody)
}

// checkBodyText checks what the bodies of templates and of cards have in common.
func (r *templateRequest) checkBodyText(c *TemplateComponent) *graphError {
	names := anyVariable.FindAllString(c.Text, -1)
	switch {
	case strings.TrimSpace(c.Text) == "" || strings.Contains(c.Text, "\n\n\n") || strings.Contains(c.Text, "     "):
		return refuseTemplate(subcodeBody, "Message body format is incorrect", "The body needs a text with no more than two newlines or four spaces in a row.")
	case len(names) > 0 && !hasExample(c.Example, "body_text", "body_text_named_params"):
		return refuseTemplate(subcodeBody, "Message body format is incorrect", "Every variable of the body needs an example.")
	}
	return r.checkNames(names, subcodeBody)
}

// checkNames wants {{1}}, {{2}} … in a row, or names in lower case, as the format says.
func (r *templateRequest) checkNames(found []string, subcode int) *graphError {
	named := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	var positions []string
	for _, variable := range found {
		name := strings.TrimSpace(strings.Trim(variable, "{}"))
		switch {
		case r.ParameterFormat == "NAMED" && !named.MatchString(name):
			return refuseTemplate(subcode, "Variable format is incorrect", "Variable %s must be a lowercase name.", variable)
		case r.ParameterFormat == "POSITIONAL" && !slices.Contains(positions, name):
			positions = append(positions, name)
		}
	}
	slices.Sort(positions)
	slices.SortStableFunc(positions, func(a, b string) int { return len(a) - len(b) })
	for i, name := range positions {
		if name != fmt.Sprint(i+1) {
			return refuseTemplate(subcode, "Variable format is incorrect", "Variables must be numbered in sequence from {{1}}; found {{%s}}.", name)
		}
	}
	return nil
}

// hasExample tells whether an example has one of the keys with something in it.
func hasExample(raw json.RawMessage, keys ...string) bool {
	var example map[string][]any
	if json.Unmarshal(raw, &example) != nil {
		return false
	}
	return slices.ContainsFunc(keys, func(key string) bool { return len(example[key]) > 0 })
}
