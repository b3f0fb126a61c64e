package outgoing

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Kinds are what a message can be beside a text and a file: at most one, in place of them. ReplyTo goes with everything
// but a reaction.
type Kinds struct {
	Interactive *interactiveBody `json:"interactive,omitempty" doc:"botões, lista, link, WhatsApp Flow ou pedido de localização"`
	Location    *chat.Place      `json:"location,omitempty" doc:"um lugar no mapa"`
	Contacts    []chat.Card      `json:"contacts,omitempty" doc:"cartões de visita"`
	Reaction    *reactionBody    `json:"reaction,omitempty" doc:"um emoji numa mensagem do cliente"`
	ReplyTo     string           `json:"replyTo,omitempty" doc:"id (nosso) da mensagem que esta cita, de qualquer um dos lados"`
}

// interactiveBody is a message with something to tap, as callers write it.
type interactiveBody struct {
	Header      *interactiveHeader `json:"header,omitempty"`
	Body        string             `json:"body" doc:"1 a 1024 caracteres"`
	Footer      string             `json:"footer,omitempty" doc:"até 60 caracteres"`
	Buttons     []chat.ReplyButton `json:"buttons,omitempty" doc:"1 a 3 respostas; ids e títulos diferentes"`
	List        *chat.Menu         `json:"list,omitempty" doc:"no máximo 10 opções ao todo"`
	Link        *chat.LinkButton   `json:"link,omitempty"`
	Flow        *chat.FlowButton   `json:"flow,omitempty"`
	AskLocation bool               `json:"askLocation,omitempty" doc:"pede que o cliente envie onde está"`
}

// interactiveHeader is a text or a file.
type interactiveHeader struct {
	Text     string           `json:"text,omitempty" doc:"até 60 caracteres"`
	Type     chat.ContentType `json:"type,omitempty" enum:"image,video,document" doc:"do anexo; se não for dado, pelo arquivo, ou pela extensão do endereço"`
	URL      string           `json:"url,omitempty" maxLength:"2000"`
	MediaID  string           `json:"mediaId,omitempty" maxLength:"200" doc:"id de um arquivo de /api/media; qualquer outro é o id da mídia no provedor, e pede type"`
	FileName string           `json:"fileName,omitempty" maxLength:"240"`
}

type reactionBody struct {
	MessageID string `json:"messageId" doc:"id (nosso) da mensagem do cliente"`
	Emoji     string `json:"emoji" doc:"um emoji; vazio retira a reação"`
}

// Named tells what was given, by the fields' names.
func (k Kinds) Named() []string {
	var names []string
	for _, kind := range []struct {
		name  string
		there bool
	}{{"interactive", k.Interactive != nil}, {"location", k.Location != nil}, {"contacts", k.Contacts != nil}, {"reaction", k.Reaction != nil}} {
		if kind.there {
			names = append(names, kind.name)
		}
	}
	return names
}

// Content makes the content, whose limits are checked; textField is what the caller calls the text.
func (k Kinds) Content(textField, text string, file *Attachment) (chat.Content, error) {
	names := k.Named()
	switch {
	case len(names) == 0:
		return freeForm(textField, text, file)
	case text != "" || file != nil:
		return chat.Content{}, fault.Field(names[0], "informe só um: %s com attachment, ou %s", textField, names[0])
	case len(names) > 1:
		return chat.Content{}, fault.Field(names[1], "informe só um: %s ou %s", names[0], names[1])
	case k.Reaction != nil && k.ReplyTo != "":
		return chat.Content{}, fault.Field("replyTo", "uma reação já diz a que mensagem pertence: use só reaction.messageId")
	case k.Reaction != nil && k.Reaction.MessageID == "":
		return chat.Content{}, fault.Required("reaction.messageId")
	}
	if err := unmarked("", map[string]any{"interactive": k.Interactive, "location": k.Location, "contacts": k.Contacts}); err != nil {
		return chat.Content{}, err
	}
	content := k.made()
	return content, content.Check()
}

func (k Kinds) made() chat.Content {
	switch {
	case k.Interactive != nil:
		return k.Interactive.message().ContentOf()
	case k.Location != nil:
		return k.Location.ContentOf()
	case k.Contacts != nil:
		return chat.CardsContent(k.Contacts)
	}
	return chat.Emoji{Emoji: k.Reaction.Emoji, MessageID: k.Reaction.MessageID}.ContentOf()
}

func (b interactiveBody) message() chat.Interactive {
	message := chat.Interactive{
		Body: b.Body, Footer: b.Footer, Buttons: b.Buttons, List: b.List, Link: b.Link, Flow: b.Flow, AskLocation: b.AskLocation,
	}
	if b.Header != nil {
		message.Header = b.Header.header()
	}
	return message
}

func (h interactiveHeader) header() *chat.Header {
	header := &chat.Header{Text: h.Text}
	if h.URL == "" && h.MediaID == "" && h.Type == "" {
		return header
	}
	header.Type, header.Media = h.Type, &chat.Media{Link: h.URL, ID: h.MediaID, FileName: h.FileName}
	if header.Type == "" && h.URL != "" {
		header.Type = typeOfLink(h.URL)
	}
	return header
}

// reactionAge is how old a message may be that is reacted to (providers.md section 1.2).
const reactionAge = 30 * 24 * time.Hour

// Refer finds the messages that a message is about, in the same conversation, by the provider's ids of them.
func (b *Outbox) Refer(ctx context.Context, o *Message) error {
	if o.Quotes != "" {
		quoted, err := b.referred(ctx, *o, "replyTo", o.Quotes)
		if err != nil {
			return err
		}
		o.replyTo = quoted.ExternalID
	}
	if o.Content.Emoji == nil {
		return nil
	}
	const field = "reaction.messageId"
	found, err := b.referred(ctx, *o, field, o.Content.Emoji.MessageID)
	switch {
	case err != nil:
		return err
	case found.Direction != chat.Inbound:
		return fault.Field(field, "só se reage a mensagens do cliente")
	case found.Content.Type == chat.Reaction || !found.Content.SpeaksForCustomer():
		return fault.Field(field, "não se reage a uma reação, a uma edição nem a um aviso")
	case b.Now().Sub(found.At) > reactionAge:
		return fault.Field(field, "a mensagem tem mais de 30 dias")
	}
	emoji := *o.Content.Emoji
	emoji.ExternalID = found.ExternalID
	o.Content.Emoji = &emoji
	return nil
}

func (b *Outbox) referred(ctx context.Context, o Message, field, text string) (chat.Message, error) {
	ref, understood := chat.ParseRef(text)
	if !understood || ref.ID == "" {
		return chat.Message{}, fault.Field(field, "esperava o id de uma mensagem")
	}
	found, err := b.Store.Message(ctx, o.TenantID, ref.ID)
	if fault.Is(err, fault.NotFound) || err == nil && (o.Conversation.ID == "" || found.ConversationID != o.Conversation.ID) {
		return chat.Message{}, fault.Field(field, "mensagem não encontrada nesta conversa")
	}
	if err == nil && found.ExternalID == "" {
		err = fault.New(fault.Impossible, "a mensagem de %s ainda não foi aceita pelo WhatsApp: espere ela sair", field)
	}
	return found, err
}
