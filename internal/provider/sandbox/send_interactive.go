package sandbox

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Button is something the customer can tap: a reply, a row of a list, or a link.
type Button struct {
	// Type is reply (interactive button), row (of a list), quick_reply, url, phone_number, copy_code, otp or flow (of a template).
	Type string `json:"type"`
	// Text is what the customer reads; Description stands below it in lists.
	Text        string `json:"text"`
	Description string `json:"description,omitempty"`
	// Payload is what comes back when it is tapped: the id of a reply or row, the payload of a quick reply.
	Payload string `json:"payload,omitempty"`
	URL     string `json:"url,omitempty"`
}

type interactiveObject struct {
	Type   string           `json:"type"`
	Header json.RawMessage  `json:"header"`
	Body   *interactiveText `json:"body"`
	Footer *interactiveText `json:"footer"`
	Action struct {
		Button     string               `json:"button"`
		Buttons    []interactiveButton  `json:"buttons"`
		Sections   []interactiveSection `json:"sections"`
		Name       string               `json:"name"`
		Parameters struct {
			DisplayText string `json:"display_text"`
			URL         string `json:"url"`
		} `json:"parameters"`
	} `json:"action"`
}

type interactiveText struct {
	Text string `json:"text"`
}

type interactiveButton struct {
	Type  string `json:"type"`
	Reply struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"reply"`
}

type interactiveSection struct {
	Title string `json:"title"`
	Rows  []struct {
		ID          string `json:"id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"rows"`
}

// simulatedInteractive are the kinds of interactive messages the sandbox can show.
var simulatedInteractive = []string{"button", "list", "cta_url"}

func (o *outgoing) decodeInteractive(raw json.RawMessage) *graphError {
	var kind struct {
		Type string `json:"type"`
	}
	// The type is judged before the rest is read strictly: an unknown type has keys of its own.
	if json.Unmarshal(raw, &kind) == nil && !slices.Contains(simulatedInteractive, kind.Type) {
		return refuse(100, "Param interactive['type'] must be one of {BUTTON, LIST, CTA_URL} - got %q.", kind.Type)
	}
	var object interactiveObject
	if refused := decodeObject("interactive", raw, &object); refused != nil {
		return refused
	}
	if object.Body == nil {
		return refuse(100, "The parameter interactive['body'] is required.")
	}
	if refused := length("Body text", object.Body.Text, 1, 1024); refused != nil {
		return refused
	}
	if object.Footer != nil {
		if refused := length("Footer text", object.Footer.Text, 1, 60); refused != nil {
			return refused
		}
	}
	o.text = object.Body.Text
	switch object.Type {
	case "button":
		return o.replyButtons(object.Action.Buttons)
	case "list":
		return o.listRows(&object)
	default:
		return o.linkButton(&object)
	}
}

func (o *outgoing) replyButtons(buttons []interactiveButton) *graphError {
	if len(buttons) < 1 || len(buttons) > 3 {
		return refuse(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
	}
	for _, b := range buttons {
		if b.Type != "reply" {
			return refuse(131009, "Button type invalid: %q", b.Type)
		}
		if refused := o.addChoice("reply", "Button", b.Reply.ID, b.Reply.Title, "", 256, 20); refused != nil {
			return refused
		}
	}
	return nil
}

func (o *outgoing) listRows(object *interactiveObject) *graphError {
	if refused := length("Button label", object.Action.Button, 1, 20); refused != nil {
		return refused
	}
	for _, section := range object.Action.Sections {
		if refused := length("Section title", section.Title, 0, 24); refused != nil {
			return refused
		}
		for _, row := range section.Rows {
			if refused := length("Row description", row.Description, 0, 72); refused != nil {
				return refused
			}
			if refused := o.addChoice("row", "Row", row.ID, row.Title, row.Description, 200, 24); refused != nil {
				return refused
			}
		}
	}
	if len(o.buttons) < 1 || len(o.buttons) > 10 {
		return refuse(131009, "Total row count exceed max allowed count. Min allowed rows: 1, Max allowed rows: 10")
	}
	return nil
}

func (o *outgoing) linkButton(object *interactiveObject) *graphError {
	parameters := object.Action.Parameters
	if refused := length("Button title", parameters.DisplayText, 1, 20); refused != nil {
		return refused
	}
	if !absoluteLink(parameters.URL) {
		return refuse(131009, "Param interactive['action']['parameters']['url'] is not a valid URL.")
	}
	o.buttons = []Button{{Type: "url", Text: parameters.DisplayText, URL: parameters.URL}}
	return nil
}

func (o *outgoing) addChoice(kind, name, id, title, description string, longestID, longestTitle int) *graphError {
	if refused := length(name+" title", title, 1, longestTitle); refused != nil {
		return refused
	}
	if refused := length(name+" id", id, 1, longestID); refused != nil {
		return refused
	}
	same := func(b Button) bool { return b.Payload == id || (b.Text == title && kind == "reply") }
	if slices.ContainsFunc(o.buttons, same) {
		return refuse(131009, "Duplicated %s: ids and titles must be unique", name)
	}
	o.buttons = append(o.buttons, Button{Type: kind, Text: title, Description: description, Payload: id})
	return nil
}

func length(name, text string, shortest, longest int) *graphError {
	if n := utf8.RuneCountInString(text); n < shortest || n > longest {
		return refuse(131009, "%s length invalid. Min length: %d, Max length: %d", name, shortest, longest)
	}
	return nil
}
