package meta

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// The limits of free-form messages, in characters (providers.md section 1.2).
const (
	maxText    = 4096
	maxCaption = 1024
	maxTracker = 512
)

// envelopeOut is the body of a send. Exactly one of To and Recipient is set, and one of the contents.
type envelopeOut struct {
	Product       string          `json:"messaging_product"`
	RecipientType string          `json:"recipient_type"`
	To            string          `json:"to,omitempty"`
	Recipient     string          `json:"recipient,omitempty"`
	Type          string          `json:"type"`
	Context       *contextOut     `json:"context,omitempty"`
	Tracker       string          `json:"biz_opaque_callback_data,omitempty"`
	Text          *textOut        `json:"text,omitempty"`
	Image         *mediaOut       `json:"image,omitempty"`
	Video         *mediaOut       `json:"video,omitempty"`
	Audio         *mediaOut       `json:"audio,omitempty"`
	Document      *mediaOut       `json:"document,omitempty"`
	Sticker       *mediaOut       `json:"sticker,omitempty"`
	Location      *placeOut       `json:"location,omitempty"`
	Contacts      []cardOut       `json:"contacts,omitempty"`
	Reaction      *reactionOut    `json:"reaction,omitempty"`
	Interactive   *interactiveOut `json:"interactive,omitempty"`
	Template      *templateOut    `json:"template,omitempty"`
}

type contextOut struct {
	MessageID string `json:"message_id"`
}

type textOut struct {
	Body       string `json:"body"`
	PreviewURL bool   `json:"preview_url,omitempty"`
}

type mediaOut struct {
	ID       string `json:"id,omitempty"`
	Link     string `json:"link,omitempty"`
	Caption  string `json:"caption,omitempty"`
	FileName string `json:"filename,omitempty"`
}

// encode makes the body of a send, or says why the message cannot be one.
func encode(message provider.Outgoing) ([]byte, error) {
	out := envelopeOut{Product: "whatsapp", RecipientType: "individual", Tracker: message.ID}
	if len(message.ID) > maxTracker {
		return nil, fault.New(fault.ProviderRejected, "o id da mensagem passa de %d caracteres", maxTracker)
	}
	if err := out.address(message); err != nil {
		return nil, err
	}
	if message.ReplyTo != "" && message.Content.Type != chat.Reaction {
		out.Context = &contextOut{MessageID: message.ReplyTo}
	}
	if err := out.fill(message.ID, message.Content); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, fault.Wrap(fault.ProviderRejected, err, "mensagem não pode ser escrita em JSON")
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}

// fill sets the content of the body.
func (out *envelopeOut) fill(messageID string, content chat.Content) error {
	out.Type = string(content.Type)
	if err := content.Check(); err != nil {
		return fault.New(fault.ProviderRejected, "%s: %s", fault.Of(err).Field, fault.Of(err).Message)
	}
	switch content.Type {
	case chat.Text:
		return out.fillText(content.Text)
	case chat.Image, chat.Video, chat.Audio, chat.Document, chat.Sticker:
		return out.fillMedia(content)
	case chat.Location, chat.Contacts, chat.Reaction, chat.InteractiveUse:
		return out.fillOther(messageID, content)
	case chat.TemplateUse:
		if content.Template == nil {
			return fault.New(fault.TemplateNotFound, "mensagem de modelo sem modelo")
		}
		template, err := fillTemplate(messageID, *content.Template)
		out.Template = template
		return err
	}
	return unsendable(content.Type)
}

func unsendable(kind chat.ContentType) error {
	return fault.New(fault.Unsupported, "mensagens do tipo %q não podem ser enviadas por este canal: use texto, anexo ou modelo", kind)
}

// fillOther sets what a content of these types has a field of its own for.
func (out *envelopeOut) fillOther(messageID string, content chat.Content) error {
	switch {
	case content.Type == chat.Location && content.Place != nil:
		out.Location = placeOf(*content.Place)
	case content.Type == chat.Contacts && content.Cards != nil:
		out.Contacts = cardsOf(content.Cards)
	case content.Type == chat.Reaction && content.Emoji != nil && content.Emoji.ExternalID != "":
		out.Reaction = &reactionOut{MessageID: content.Emoji.ExternalID, Emoji: content.Emoji.Emoji}
	case content.Type == chat.InteractiveUse && content.Interactive != nil:
		interactive, err := interactiveOf(messageID, *content.Interactive)
		out.Interactive = interactive
		return err
	default:
		return unsendable(content.Type)
	}
	return nil
}

func (out *envelopeOut) fillText(text string) error {
	text = clean(text)
	if strings.TrimSpace(text) == "" {
		return fault.New(fault.ProviderRejected, "mensagem sem texto")
	}
	if utf8.RuneCountInString(text) > maxText {
		return fault.New(fault.ProviderRejected, "texto com mais de %d caracteres: divida a mensagem", maxText)
	}
	out.Text = &textOut{Body: text, PreviewURL: hasURL(text)}
	return nil
}

func hasURL(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "https://") || strings.Contains(lower, "http://")
}

func (out *envelopeOut) fillMedia(content chat.Content) error {
	media, err := mediaOf(content.Media)
	if err != nil {
		return err
	}
	caption := clean(content.Text)
	switch {
	case caption == "":
	case content.Type == chat.Audio || content.Type == chat.Sticker:
		return fault.New(fault.Media, "áudio e figurinha não levam legenda: envie o texto em outra mensagem")
	case utf8.RuneCountInString(caption) > maxCaption:
		return fault.New(fault.Media, "legenda com mais de %d caracteres: envie o texto em outra mensagem", maxCaption)
	}
	media.Caption = caption
	switch content.Type {
	case chat.Image:
		out.Image = media
	case chat.Video:
		out.Video = media
	case chat.Audio:
		out.Audio = media
	case chat.Document:
		media.FileName = clean(content.Media.FileName)
		out.Document = media
	case chat.Sticker:
		out.Sticker = media
	}
	return nil
}

// mediaOf names an attachment: the provider's id, or a link that Meta fetches itself.
func mediaOf(media *chat.Media) (*mediaOut, error) {
	switch {
	case media == nil || (media.ID == "" && media.Link == ""):
		return nil, fault.New(fault.Media, "anexo sem endereço: informe um link https público")
	case media.ID != "":
		return &mediaOut{ID: media.ID}, nil
	case !hasURL(media.Link):
		return nil, fault.New(fault.Media, "o endereço do anexo deve começar com https://")
	}
	return &mediaOut{Link: media.Link}, nil
}
