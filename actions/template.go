package actions

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

	"retoma/internal/chat"
)

// placeholder is a template's variable: {{1}} or {{nome}}.
var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// Variable is one variable of a template.
type Variable struct {
	// Name is how callers give its value: "1" or "nome" for the body, "header.1" for a text in the header, "header" for its
	// file or place, "button.0" for a button, "offer" for an offer's end; before those of a carousel's card stands "card.0.".
	Name string `json:"name"`
	// Part is "header", "body", "button" or "offer".
	Part string `json:"part"`
	Kind Kind   `json:"kind"`
	// Optional ones may be left out, and are no part of a list of values.
	Optional bool `json:"optional,omitempty"`

	card   int    // 0: the template itself; n: its nth card
	key    string // of a text variable, as the template writes it
	button int
}

// Kind says what a variable takes.
type Kind string

// The kinds of variables. Where a file is taken, so is its link as a text, and where a place is, "latitude,longitude".
const (
	KindText     Kind = "text"
	KindImage    Kind = "image"
	KindVideo    Kind = "video"
	KindDocument Kind = "document"
	KindLocation Kind = "location"
	KindSuffix   Kind = "suffix"  // what completes a button's link
	KindPayload  Kind = "payload" // what a quick reply sends back; its text if left out
	KindCode     Kind = "code"    // what a button copies
	KindFlow     Kind = "flow"    // a WhatsApp Flow's token and data; the message's id if left out
	KindProducts Kind = "products"
	KindTime     Kind = "time" // RFC 3339
)

// VariablesOf lists a template's variables in its own order: header, body, buttons, offer, cards (providers.md section 1.2).
func VariablesOf(t chat.Template) []Variable {
	found := variablesOf(t, t.Main(), 0)
	if t.Offer != nil && t.Offer.Expires {
		found = append(found, Variable{Name: "offer", Part: "offer", Kind: KindTime})
	}
	for i, card := range t.Cards {
		found = append(found, variablesOf(t, card, i+1)...)
	}
	return found
}

// needed are the variables that must have a value, in the order of a list of values.
func needed(all []Variable) []Variable {
	return slices.DeleteFunc(slices.Clone(all), func(v Variable) bool { return v.Optional })
}

func variablesOf(t chat.Template, part chat.TemplatePart, card int) []Variable {
	prefix := ""
	if card > 0 {
		prefix = "card." + strconv.Itoa(card-1) + "."
	}
	var found []Variable
	add := func(v Variable) {
		v.Name, v.card = prefix+v.Name, card
		found = append(found, v)
	}
	if part.HeaderType == "TEXT" {
		for _, key := range placeholders(part.HeaderText, t.Named) {
			add(Variable{Name: "header." + key, Part: "header", Kind: KindText, key: key})
		}
	}
	if kind, takes := headerKind(part.HeaderType); takes {
		add(Variable{Name: "header", Part: "header", Kind: kind})
	}
	for _, key := range placeholders(part.BodyText, t.Named) {
		add(Variable{Name: key, Part: "body", Kind: KindText, key: key})
	}
	for i, button := range part.Buttons {
		if kind, optional, takes := buttonKind(t, button); takes {
			add(Variable{Name: "button." + strconv.Itoa(i), Part: "button", Kind: kind, Optional: optional, button: i})
		}
	}
	return found
}

func headerKind(format string) (Kind, bool) {
	switch format {
	case "IMAGE":
		return KindImage, true
	case "VIDEO", "GIF":
		return KindVideo, true
	case "DOCUMENT":
		return KindDocument, true
	case "LOCATION":
		return KindLocation, true
	}
	return "", false
}

func buttonKind(t chat.Template, button chat.TemplateButton) (kind Kind, optional, takes bool) {
	switch button.Type {
	case "URL":
		return KindSuffix, false, placeholder.MatchString(button.URL) && !repeatsCode(t, button)
	case "QUICK_REPLY":
		return KindPayload, true, true
	case "COPY_CODE":
		return KindCode, false, true
	case "FLOW":
		return KindFlow, true, true
	case "CATALOG":
		return KindProducts, true, true
	case "MPM":
		return KindProducts, false, true
	}
	return "", false, false
}

// repeatsCode tells whether a button is filled with the one-time code of the body: callers give it once. The provider lists
// such buttons as OTP or as a link of its own.
func repeatsCode(t chat.Template, button chat.TemplateButton) bool {
	return button.Type == "OTP" || t.Category == "AUTHENTICATION" && button.Type == "URL" && placeholder.MatchString(button.URL)
}

// placeholders lists a text's variables once each: names as they appear, positions by their number, because the provider
// gives the first value to {{1}} wherever that stands.
func placeholders(text string, named bool) []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	if !named {
		slices.SortStableFunc(names, byNumber)
	}
	return names
}

// byNumber orders the numbers of positional variables, which have no leading zeros.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
