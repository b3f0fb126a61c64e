package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// sendRequest is the body of POST /{phone-number-id}/messages (providers.md 1.2).
type sendRequest struct {
	MessagingProduct string          `json:"messaging_product"`
	RecipientType    string          `json:"recipient_type"`
	To               string          `json:"to"`
	Recipient        string          `json:"recipient"`
	Type             string          `json:"type"`
	Tracker          string          `json:"biz_opaque_callback_data"`
	Context          *sendContext    `json:"context"`
	Text             json.RawMessage `json:"text"`
	Template         json.RawMessage `json:"template"`
	Interactive      json.RawMessage `json:"interactive"`
	Image            json.RawMessage `json:"image"`
	Document         json.RawMessage `json:"document"`
	Audio            json.RawMessage `json:"audio"`
	Video            json.RawMessage `json:"video"`
	Sticker          json.RawMessage `json:"sticker"`
	Reaction         json.RawMessage `json:"reaction"`
	Location         json.RawMessage `json:"location"`
	Contacts         json.RawMessage `json:"contacts"`

	Status    string          `json:"status"`
	MessageID string          `json:"message_id"`
	Typing    json.RawMessage `json:"typing_indicator"`
}

type sendContext struct {
	MessageID string `json:"message_id"`
}

// outgoing is a request to send that is well-formed by itself: what it needs of templates and windows is not yet checked.
type outgoing struct {
	// readID is the customer's message to mark as read; everything else is then empty.
	readID string
	typing bool

	// customer is the number as digits, userID the user's id; one of them is given. void is a user's id sent as if it were a number.
	input    string
	customer string
	userID   string
	void     bool

	kind        string
	text        string
	media       *Media
	linkRefused *graphError // what fetching the link found wrong
	mediaKind   string      // what the file is where the message is of another kind: the header of an interactive one
	buttons     []Button
	interactive *InteractiveView
	location    *Location
	contacts    json.RawMessage
	reaction    *webhookReaction
	template    *templateSend
	replyTo     string
	tracker     string
}

// sendable are the message types in the order in which Meta's own complaint lists them.
var sendable = []string{"audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker", "template", "text", "video"}

// decodeSend reads and checks a send request as far as that goes without knowing the business.
func decodeSend(body []byte) (*outgoing, *graphError) {
	var request sendRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, refuseJSON(err)
	}
	if request.MessagingProduct != "whatsapp" {
		return nil, refuse(100, "The parameter messaging_product is required.")
	}
	if request.Status != "" {
		return request.markRead()
	}
	if request.RecipientType != "" && request.RecipientType != "individual" {
		return nil, refuse(100, "Param recipient_type must be one of {INDIVIDUAL} - got %q.", request.RecipientType)
	}
	out := &outgoing{input: request.To, customer: digits(request.To), userID: request.Recipient, tracker: request.Tracker}
	if refused := out.checkRecipient(); refused != nil {
		return nil, refused
	}
	if utf8.RuneCountInString(request.Tracker) > 512 {
		return nil, refuse(100, "Param biz_opaque_callback_data must be at most 512 characters long.")
	}
	if request.Context != nil {
		if out.replyTo = request.Context.MessageID; out.replyTo == "" {
			return nil, refuse(100, "The parameter context['message_id'] is required.")
		}
	}
	if refused := out.content(&request); refused != nil {
		return nil, refused
	}
	return out, nil
}

func (r *sendRequest) markRead() (*outgoing, *graphError) {
	if r.Status != "read" {
		return nil, refuse(100, "Param status must be one of {READ} - got %q.", r.Status)
	}
	if r.MessageID == "" {
		return nil, refuse(100, "The parameter message_id is required.")
	}
	out := &outgoing{readID: r.MessageID}
	if len(r.Typing) > 0 && string(r.Typing) != "null" {
		var typing struct {
			Type string `json:"type"`
		}
		if refused := decodeObject("typing_indicator", r.Typing, &typing); refused != nil {
			return nil, refused
		}
		if typing.Type != "text" {
			return nil, refuse(100, "Param typing_indicator['type'] must be one of {TEXT} - got %q.", typing.Type)
		}
		out.typing = true
	}
	return out, nil
}

func (o *outgoing) checkRecipient() *graphError {
	switch {
	case o.input == "" && o.userID == "":
		return refuse(100, "The parameter to is required.")
	case o.input == "" && !scopedID.MatchString(o.userID):
		return refuse(131009, "Param recipient is not a valid business-scoped user ID.")
	case o.input == "":
		return nil
	case scopedID.MatchString(o.input):
		// Meta drops the letters, takes the rest for a number, answers 200 and delivers to nobody.
		o.userID, o.void = "", true
		o.customer = orText(digits(o.input), "0")
		return nil
	}
	o.userID = ""
	foreign := strings.Trim(o.input, "0123456789+-() ")
	if foreign != "" || len(o.customer) < 7 || len(o.customer) > 15 {
		return refuse(131009, "Param to is not a valid phone number.")
	}
	return nil
}

func (o *outgoing) content(request *sendRequest) *graphError {
	o.kind = strings.ToLower(orText(request.Type, "text"))
	switch o.kind {
	case "text":
		return o.decodeText(request.Text)
	case "template":
		return o.decodeTemplate(request.Template)
	case "interactive":
		return o.decodeInteractive(request.Interactive)
	case "image":
		return o.decodeMedia(request.Image)
	case "document":
		return o.decodeMedia(request.Document)
	case "audio":
		return o.decodeMedia(request.Audio)
	case "video":
		return o.decodeMedia(request.Video)
	case "sticker":
		return o.decodeMedia(request.Sticker)
	case "reaction":
		return o.decodeReaction(request.Reaction)
	case "location":
		return o.decodeLocation(request.Location)
	case "contacts":
		return o.decodeContacts(request.Contacts)
	}
	return refuse(100, "Param type must be one of {%s} - got %q.", strings.ToUpper(strings.Join(sendable, ", ")), request.Type)
}

func (o *outgoing) decodeText(raw json.RawMessage) *graphError {
	var text struct {
		Body       string `json:"body"`
		PreviewURL bool   `json:"preview_url"`
	}
	if refused := decodeObject("text", raw, &text); refused != nil {
		return refused
	}
	if strings.TrimSpace(text.Body) == "" {
		return refuse(100, "The parameter text['body'] is required.")
	}
	if utf8.RuneCountInString(text.Body) > 4096 {
		return refuse(100, "Param text['body'] must be at most 4096 characters long.")
	}
	o.text = text.Body
	return nil
}

// decodeObject reads the object of a message type strictly, as Meta does.
func decodeObject(name string, raw json.RawMessage, into any) *graphError {
	if len(raw) == 0 || string(raw) == "null" {
		return refuse(100, "The parameter %s is required.", name)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		return nil
	}
	if key, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return refuse(100, "Unexpected key %s on param %q.", key, name)
	}
	return refuseJSON(err)
}

func refuseJSON(err error) *graphError {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return refuse(100, "Param %s must be a %s.", wrongType.Field, wrongType.Type)
	}
	return refuse(100, "The request body is not valid JSON.")
}
