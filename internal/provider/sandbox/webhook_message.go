package sandbox

import (
	"encoding/json"
	"time"
)

// webhookMessage is a customer's message on the wire (providers.md 1.6).
type webhookMessage struct {
	Context     *webhookContext     `json:"context,omitempty"`
	From        string              `json:"from,omitempty"`
	FromUserID  string              `json:"from_user_id,omitempty"`
	FromParent  string              `json:"from_parent_user_id,omitempty"`
	To          string              `json:"to,omitempty"`
	ID          string              `json:"id"`
	Timestamp   string              `json:"timestamp"`
	Type        string              `json:"type"`
	GroupID     string              `json:"group_id,omitempty"`
	Text        *webhookText        `json:"text,omitempty"`
	Button      *webhookButton      `json:"button,omitempty"`
	Interactive *webhookInteractive `json:"interactive,omitempty"`
	Image       *webhookMedia       `json:"image,omitempty"`
	Document    *webhookMedia       `json:"document,omitempty"`
	Audio       *webhookMedia       `json:"audio,omitempty"`
	Video       *webhookMedia       `json:"video,omitempty"`
	Sticker     *webhookMedia       `json:"sticker,omitempty"`
	Location    *Location           `json:"location,omitempty"`
	Contacts    json.RawMessage     `json:"contacts,omitempty"`
	Order       json.RawMessage     `json:"order,omitempty"`
	Reaction    *webhookReaction    `json:"reaction,omitempty"`
	Edit        *webhookEdit        `json:"edit,omitempty"`
	Revoke      *webhookRevoke      `json:"revoke,omitempty"`
	System      *webhookSystem      `json:"system,omitempty"`
	Identity    *webhookIdentity    `json:"identity,omitempty"`
	Unsupported *webhookUnsupported `json:"unsupported,omitempty"`
	Errors      []webhookItemError  `json:"errors,omitempty"`
	Referral    json.RawMessage     `json:"referral,omitempty"`
}

type webhookContext struct {
	From              string `json:"from,omitempty"`
	ID                string `json:"id,omitempty"`
	Forwarded         bool   `json:"forwarded,omitempty"`
	ForwardedManyTime bool   `json:"frequently_forwarded,omitempty"`
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
	Flow   *webhookFlow   `json:"nfm_reply,omitempty"`
}

type webhookChoice struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// webhookFlow is the answer of a form; the values are JSON within a string.
type webhookFlow struct {
	Name string `json:"name"`
	Body string `json:"body"`
	JSON string `json:"response_json"`
}

// webhookMedia has a sha256 only where the sandbox has the file itself and not only its link.
type webhookMedia struct {
	Caption  string `json:"caption,omitempty"`
	FileName string `json:"filename,omitempty"`
	MimeType string `json:"mime_type"`
	SHA256   string `json:"sha256,omitempty"`
	ID       string `json:"id"`
	URL      string `json:"url,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
}

type webhookReaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"`
}

type webhookEdit struct {
	Original string         `json:"original_message_id"`
	Message  webhookMessage `json:"message"`
}

type webhookRevoke struct {
	Original string `json:"original_message_id"`
}

type webhookSystem struct {
	Body   string `json:"body"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
	Type   string `json:"type"`
}

type webhookIdentity struct {
	Acknowledged bool   `json:"acknowledged"`
	Created      string `json:"created_timestamp"`
	Hash         string `json:"hash"`
}

type webhookUnsupported struct {
	Type string `json:"type"`
}

// webhookItemError is an error within a message, in the older short shape that Meta keeps there.
type webhookItemError struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Details string `json:"details"`
}

// wire gives a customer's message its form on the wire; extra is what the phone itself does not keep.
func (e *entry) wire(b *Business, from address, extra wireExtra) webhookMessage {
	m := webhookMessage{From: from.waID, FromUserID: from.userID, FromParent: from.parentUserID, ID: e.ID, Timestamp: seconds(e.At), Type: e.Type,
		GroupID: e.GroupID, Referral: extra.referral}
	if e.ReplyTo != "" {
		m.Context = &webhookContext{From: digits(b.DisplayPhoneNumber), ID: e.ReplyTo}
	}
	if extra.forwarded || extra.manyTimes {
		m.Context = &webhookContext{Forwarded: extra.forwarded, ForwardedManyTime: extra.manyTimes}
	}
	m.fill(e, extra)
	return m
}

// wireExtra is what only the webhook of a message carries.
type wireExtra struct {
	chosen    *Button
	file      *ownedFile
	url       string
	referral  json.RawMessage
	order     json.RawMessage
	flow      string
	forwarded bool
	manyTimes bool
	kind      string
	reaction  *webhookReaction
}

func (m *webhookMessage) fill(e *entry, extra wireExtra) {
	switch {
	case e.Type == "text":
		m.Text = &webhookText{Body: e.Text}
	case e.Type == "button":
		m.Button = &webhookButton{Payload: extra.chosen.Payload, Text: extra.chosen.Text}
	case e.Type == "interactive" && extra.flow != "":
		m.Interactive = &webhookInteractive{Type: "nfm_reply", Flow: &webhookFlow{Name: "flow", Body: "Sent", JSON: extra.flow}}
	case e.Type == "interactive" && extra.chosen.Type == "row":
		m.Interactive = &webhookInteractive{Type: "list_reply",
			Row: &webhookChoice{ID: extra.chosen.Payload, Title: extra.chosen.Text, Description: extra.chosen.Description}}
	case e.Type == "interactive":
		m.Interactive = &webhookInteractive{Type: "button_reply", Button: &webhookChoice{ID: extra.chosen.Payload, Title: extra.chosen.Text}}
	case e.Type == "reaction":
		m.Reaction = extra.reaction
	case e.Type == "location":
		m.Location = e.Location
	case e.Type == "contacts":
		m.Contacts = e.Contacts
	case e.Type == "order":
		m.Order = extra.order
	case e.Type == "unsupported":
		known := refuse(131051, "")
		m.Unsupported = &webhookUnsupported{Type: extra.kind}
		m.Errors = []webhookItemError{{Code: 131051, Title: known.title, Details: "Message type is not currently supported"}}
	default:
		m.attach(e.Type, e.Media, extra)
	}
}

func (m *webhookMessage) attach(kind string, media *Media, extra wireExtra) {
	file := &webhookMedia{Caption: media.Caption, FileName: media.FileName, MimeType: media.MimeType, ID: media.ID, URL: extra.url}
	if extra.file != nil {
		file.SHA256 = extra.file.sha256
	}
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

// contact is how the customer stands in a webhook's contacts.
func (p *phone) contact(a address) webhookContact {
	c := webhookContact{WaID: a.waID, UserID: a.userID, ParentUserID: a.parentUserID}
	c.Profile.Name, c.Profile.Username = p.name, p.Username
	return c
}

// typingTime is how long "typing" shows unless a message comes first (providers.md 1.2).
const typingTime = 25 * time.Second
