package sandbox

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Button is something the customer can tap: a reply, a row of a list, or a link.
type Button struct {
	// Type is reply (interactive button), row (of a list), location_request, flow, and of a template quick_reply, url, phone_number,
	// copy_code, otp, catalog, mpm or voice_call.
	Type string `json:"type"`
	// Text is what the customer reads; Description stands below it in lists.
	Text        string `json:"text"`
	Description string `json:"description,omitempty"`
	// Payload is what comes back when it is tapped: the id of a reply or row, the payload of a quick reply, the token of a form; or
	// the code that is copied.
	Payload string `json:"payload,omitempty"`
	URL     string `json:"url,omitempty"`
	// Form is what a flow button opens, as far as the sandbox knows it; Data is what its first screen was given.
	Form *Form           `json:"form,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
	// Shelf are the products that a catalogue's button shows.
	Shelf []ShelfSection `json:"shelf,omitempty"`
}

type interactiveObject struct {
	Type   string             `json:"type"`
	Header *interactiveHeader `json:"header"`
	Body   *interactiveText   `json:"body"`
	Footer *interactiveText   `json:"footer"`
	Action struct {
		Button     string               `json:"button"`
		Buttons    []interactiveButton  `json:"buttons"`
		Sections   []interactiveSection `json:"sections"`
		Name       string               `json:"name"`
		Parameters struct {
			DisplayText string `json:"display_text"`
			URL         string `json:"url"`

			FlowVersion string          `json:"flow_message_version"`
			FlowToken   string          `json:"flow_token"`
			FlowID      string          `json:"flow_id"`
			FlowName    string          `json:"flow_name"`
			FlowLabel   string          `json:"flow_cta"`
			FlowAction  string          `json:"flow_action"`
			FlowPayload json.RawMessage `json:"flow_action_payload"`
			FlowMode    string          `json:"mode"`
		} `json:"parameters"`
	} `json:"action"`
}

// interactiveHeader is what stands above the text of an interactive message.
type interactiveHeader struct {
	Type     string       `json:"type"`
	Text     string       `json:"text"`
	Image    *mediaObject `json:"image"`
	Video    *mediaObject `json:"video"`
	Document *mediaObject `json:"document"`
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
var simulatedInteractive = []string{"button", "list", "cta_url", "flow", "location_request_message"}

func (o *outgoing) decodeInteractive(raw json.RawMessage) *graphError {
	var kind struct {
		Type string `json:"type"`
	}
	// The type is judged before the rest is read strictly: an unknown type has keys of its own.
	if json.Unmarshal(raw, &kind) == nil && !slices.Contains(simulatedInteractive, kind.Type) {
		return refuse(100, "Param interactive['type'] must be one of {BUTTON, LIST, CTA_URL, FLOW, LOCATION_REQUEST_MESSAGE} - got %q.", kind.Type)
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
	o.text, o.interactive = object.Body.Text, &InteractiveView{Kind: object.Type}
	if object.Footer != nil {
		o.interactive.Footer = object.Footer.Text
	}
	if refused := o.interactiveHeader(object.Header, object.Type); refused != nil {
		return refused
	}
	switch object.Type {
	case "flow":
		return o.flowButton(&object)
	case "location_request_message":
		if object.Action.Name != "send_location" {
			return refuse(131009, "Param interactive['action']['name'] must be send_location.")
		}
		o.buttons = []Button{{Type: "location_request", Text: "Enviar localização"}}
		return nil
	case "button":
		return o.replyButtons(object.Action.Buttons)
	case "list":
		return o.listRows(&object)
	default:
		return o.linkButton(&object)
	}
}

// interactiveHeader takes a text of up to 60 characters or, but for lists, a file.
func (o *outgoing) interactiveHeader(header *interactiveHeader, kind string) *graphError {
	if header == nil {
		return nil
	}
	var file *mediaObject
	switch header.Type {
	case "text":
		o.interactive.Header = header.Text
		return length("Header text", header.Text, 1, 60)
	case "image":
		file = header.Image
	case "video":
		file = header.Video
	case "document":
		file = header.Document
	}
	if file == nil || kind == "list" || kind == "location_request_message" {
		return refuse(131009, "Header type invalid: %q", header.Type)
	}
	media, refused := file.media(header.Type)
	o.media, o.mediaKind = media, header.Type
	return refused
}

// flowButton opens a form; the token comes back with its answer.
func (o *outgoing) flowButton(object *interactiveObject) *graphError {
	parameters := object.Action.Parameters
	switch {
	case object.Action.Name != "flow":
		return refuse(131009, "Param interactive['action']['name'] must be flow.")
	case parameters.FlowID == "" && parameters.FlowName == "":
		return refuse(131009, "The parameter interactive['action']['parameters']['flow_id'] is required.")
	case parameters.FlowVersion != "3":
		return refuse(131009, "Param flow_message_version must be 3.")
	}
	if refused := length("Flow button", parameters.FlowLabel, 1, 30); refused != nil {
		return refused
	}
	o.buttons = []Button{{Type: "flow", Text: parameters.FlowLabel, Payload: parameters.FlowToken, Form: &Form{}, Data: parameters.FlowPayload}}
	return nil
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
	o.interactive.Button = object.Action.Button
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
