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
	// The kinds that only go out.
	TemplateUse    ContentType = "template"
	InteractiveUse ContentType = "interactive"
)

// Content is what one message says.
type Content struct {
	Type ContentType `json:"type"`
	// Text is a body, a caption, a button's title, or whatever else went out as the customer reads it.
	Text     string          `json:"text,omitempty"`
	Choice   string          `json:"choice,omitempty"` // payload or id of what was tapped
	Media    *Media          `json:"media,omitempty"`
	Template *FilledTemplate `json:"template,omitempty"`
	// What else goes out; each belongs to the type of the same meaning. What came in of these kinds is under Data.
	Interactive *Interactive `json:"interactive,omitempty"`
	Place       *Place       `json:"place,omitempty"`
	Cards       []Card       `json:"cards,omitempty"`
	Emoji       *Emoji       `json:"emoji,omitempty"`
	// Writing, when not nil, is what an assistant has to write before there is a text.
	Writing *Writing `json:"writing,omitempty"`
	// Data is the rest as the provider gave it (location, contacts, order, flow answer, reaction).
	Data map[string]any `json:"data,omitempty"`
	// Trace is the traceparent of what asked for a message of ours, then of its claim; empty where nothing is traced.
	Trace string `json:"trace,omitempty" hidden:"true"`
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
	// Lost is what the provider called the file of ours before it lost it: for this message it is uploaded anew, once.
	Lost string `json:"lost,omitempty"`
}

// SpeaksForCustomer tells whether an inbound content is the customer saying something: it
// answers follow-ups and starts flows. Reactions, edits, revocations and system notices do not (providers.md section 1.5).
func (c Content) SpeaksForCustomer() bool {
	switch c.Type {
	case Reaction, Edit, Revoke, System:
		return false
	}
	return true
}

// OpensWindow tells whether an inbound content surely opens the 24 h window. Meta does not say that a kind does which it
// passes on without its content, such as a poll, though it is an answer: nothing free is sent on the strength of it.
func (c Content) OpensWindow() bool { return c.SpeaksForCustomer() && c.Type != Unsupported }

// RevokedID is the provider's id of the message that a Revoke deletes; empty for any other content.
func (c Content) RevokedID() string {
	if c.Type != Revoke {
		return ""
	}
	id, _ := c.Data["original_message_id"].(string) // Meta's name (providers.md section 1.3)
	return id
}

// Check refuses what WhatsApp would refuse of an outgoing location, contacts, reaction or interactive message; the error is a
// fault.Invalid that names the field. Texts, files and templates are checked where they are made.
func (c Content) Check() error {
	switch {
	case c.Interactive != nil:
		return c.Interactive.Check("interactive")
	case c.Place != nil:
		return c.Place.Check("location")
	case c.Cards != nil:
		return CheckCards("contacts", c.Cards)
	case c.Emoji != nil:
		return c.Emoji.Check("reaction.emoji")
	}
	return nil
}

// Files are all files that the content names: its own, and those of headers and cards. Each may be changed in place.
func (c Content) Files() []*Media {
	var files []*Media
	if c.Media != nil {
		files = append(files, c.Media)
	}
	if c.Interactive != nil && c.Interactive.Header != nil && c.Interactive.Header.Media != nil {
		files = append(files, c.Interactive.Header.Media)
	}
	if c.Template != nil {
		files = append(files, c.Template.files()...)
	}
	return files
}
