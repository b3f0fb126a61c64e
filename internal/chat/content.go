package chat

// ContentType is the kind of a message's content, in or out.
type ContentType string

// The kinds of content.
const (
	Text        ContentType = "text"
	Image       ContentType = "image"
	Video       ContentType = "video"
	Audio       ContentType = "audio"
	Document    ContentType = "document"
	Sticker     ContentType = "sticker"
	Location    ContentType = "location"
	Contacts    ContentType = "contacts"
	Reaction    ContentType = "reaction"
	Button      ContentType = "button"       // quick reply of a template
	ButtonReply ContentType = "button_reply" // reply button of an interactive message
	ListReply   ContentType = "list_reply"
	FlowReply   ContentType = "flow_reply"
	Order       ContentType = "order"
	System      ContentType = "system"
	Edit        ContentType = "edit"
	Revoke      ContentType = "revoke"
	Unsupported ContentType = "unsupported"
	TemplateUse ContentType = "template" // outgoing only
)

// Content is what one message says.
type Content struct {
	Type     ContentType     `json:"type"`
	Text     string          `json:"text,omitempty"`   // body, caption, button title, or a template as the customer reads it
	Choice   string          `json:"choice,omitempty"` // payload or id of what was tapped
	Media    *Media          `json:"media,omitempty"`
	Template *FilledTemplate `json:"template,omitempty"`
	// Writing, when not nil, is what an assistant has to write before there is a text.
	Writing *Writing `json:"writing,omitempty"`
	// Data is the rest as the provider gave it (location, contacts, order, flow answer, reaction).
	Data map[string]any `json:"data,omitempty"`
}

// Media is an attachment: by link, by the provider's id, or a file that the tenant keeps with us.
type Media struct {
	Link string `json:"link,omitempty"`
	// ID is the provider's.
	ID string `json:"id,omitempty"`
	// MediaID is our own id of the file: see [File].
	MediaID  string `json:"mediaId,omitempty"`
	MIME     string `json:"mime,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
	FileName string `json:"fileName,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
	Animated bool   `json:"animated,omitempty"`
	// Size is in bytes; 0 if it is not known.
	Size int64 `json:"size,omitempty"`
	// Status tells whether we have a customer's file; Problem, in Portuguese, why not.
	Status  FileState `json:"status,omitempty"`
	Problem string    `json:"problem,omitempty"`
	// Renewed tells that the file was uploaded anew for this message, because the provider had lost it.
	Renewed bool `json:"renewed,omitempty"`
}

// FilledTemplate is a template with every variable filled, ready for the provider.
type FilledTemplate struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Category string `json:"category,omitempty"`
	// Text is what the customer will read.
	Text string `json:"text,omitempty"`
	// ProblemCode (a fault.Code) and Problem say why the template could not be filled when it was asked for; empty: it was.
	ProblemCode string `json:"problemCode,omitempty"`
	Problem     string `json:"problem,omitempty"`

	Header  []Parameter       `json:"header,omitempty"`
	Body    []Parameter       `json:"body,omitempty"`
	Buttons []ButtonParameter `json:"buttons,omitempty"`
}

// Parameter is one filled variable. Name is empty for positional templates. Media is set for a media header.
type Parameter struct {
	Name  string      `json:"name,omitempty"`
	Text  string      `json:"text,omitempty"`
	Type  ContentType `json:"type,omitempty"` // empty: text
	Media *Media      `json:"media,omitempty"`
}

// ButtonParameter fills the variable of one button.
type ButtonParameter struct {
	Index   int    `json:"index"`   // zero-based position among all buttons
	SubType string `json:"subType"` // "url", "quick_reply", "copy_code"
	Text    string `json:"text"`
}

// SpeaksForCustomer tells whether an inbound content is the customer saying something: it opens the window,
// answers follow-ups and starts flows. Reactions, edits, revocations and system notices do not (providers.md section 1.5).
func (c Content) SpeaksForCustomer() bool {
	switch c.Type {
	case Reaction, Edit, Revoke, System:
		return false
	}
	return true
}
