package sandbox

// webhookMessage is a customer's message on the wire (providers.md 1.6).
type webhookMessage struct {
	Context     *webhookContext     `json:"context,omitempty"`
	From        string              `json:"from"`
	ID          string              `json:"id"`
	Timestamp   string              `json:"timestamp"`
	Type        string              `json:"type"`
	Text        *webhookText        `json:"text,omitempty"`
	Button      *webhookButton      `json:"button,omitempty"`
	Interactive *webhookInteractive `json:"interactive,omitempty"`
	Image       *webhookMedia       `json:"image,omitempty"`
	Document    *webhookMedia       `json:"document,omitempty"`
	Audio       *webhookMedia       `json:"audio,omitempty"`
	Video       *webhookMedia       `json:"video,omitempty"`
	Sticker     *webhookMedia       `json:"sticker,omitempty"`
}

type webhookContext struct {
	From string `json:"from"`
	ID   string `json:"id"`
}

type webhookText struct {
	Body string `json:"body"`
}

type webhookButton struct {
	Payload string `json:"payload"`
	Text    string `json:"text"`
}

type webhookInteractive struct {
	Type   string         `json:"type"`
	Button *webhookChoice `json:"button_reply,omitempty"`
	Row    *webhookChoice `json:"list_reply,omitempty"`
}

type webhookChoice struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// webhookMedia has no sha256: the sandbox never sees the file, only its link.
type webhookMedia struct {
	Caption  string `json:"caption,omitempty"`
	FileName string `json:"filename,omitempty"`
	MimeType string `json:"mime_type"`
	ID       string `json:"id"`
	URL      string `json:"url"`
	Voice    bool   `json:"voice,omitempty"`
}

// wire gives a customer's message its form on the wire; chosen is the button that was tapped, if any.
func (e *entry) wire(b *Business, chosen *Button) webhookMessage {
	m := webhookMessage{From: e.phone.number, ID: e.ID, Timestamp: seconds(e.At), Type: e.Type}
	if e.ReplyTo != "" {
		m.Context = &webhookContext{From: digits(b.DisplayPhoneNumber), ID: e.ReplyTo}
	}
	switch {
	case e.Type == "text":
		m.Text = &webhookText{Body: e.Text}
	case e.Type == "button":
		m.Button = &webhookButton{Payload: chosen.Payload, Text: chosen.Text}
	case e.Type == "interactive" && chosen.Type == "row":
		m.Interactive = &webhookInteractive{Type: "list_reply", Row: &webhookChoice{ID: chosen.Payload, Title: chosen.Text, Description: chosen.Description}}
	case e.Type == "interactive":
		m.Interactive = &webhookInteractive{Type: "button_reply", Button: &webhookChoice{ID: chosen.Payload, Title: chosen.Text}}
	default:
		m.attach(e.Type, e.Media)
	}
	return m
}

func (m *webhookMessage) attach(kind string, media *Media) {
	file := &webhookMedia{Caption: media.Caption, FileName: media.FileName, MimeType: media.MimeType, ID: media.ID, URL: media.Link}
	switch kind {
	case "image":
		m.Image = file
	case "document":
		m.Document = file
	case "audio":
		file.Voice = true
		m.Audio = file
	case "video":
		m.Video = file
	case "sticker":
		m.Sticker = file
	}
}
