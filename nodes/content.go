package nodes

import (
	"unicode/utf8"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// content is a message to be filled in: a text, a file, or a file with the text as its caption.
type content struct {
	text     *expr.Template
	link     *expr.Template
	mediaID  *expr.Template // in place of a link
	fileName *expr.Template
	// kind is the file's type as the author wrote it; empty: told by the link.
	kind chat.ContentType
	// other is a message of another kind, in place of text and file.
	other *kind
}

// mediaParams is a file as authors write it.
type mediaParams struct {
	Link     string `json:"link"`
	MediaID  string `json:"mediaId"`
	Type     string `json:"type"`
	FileName string `json:"fileName"`
}

// compileContent reads a text and a file; linkField and mediaField are their names in the node's parameters.
func compileContent(c *flows.Compiler, text string, media *mediaParams, mediaField, linkField string) *content {
	compiled := &content{text: spoken(c, "text", text)}
	if media != nil {
		compileMedia(c, compiled, *media, mediaField, mediaField+"."+linkField)
	}
	compiled.limits(c, text, media)
	return compiled
}

func compileMedia(c *flows.Compiler, into *content, media mediaParams, field, linkField string) {
	into.link = c.Template(linkField, media.Link)
	into.fileName = c.Template(field+".fileName", media.FileName)
	into.kind = chat.ContentType(media.Type)
	into.mediaID = c.Template(field+".mediaId", media.MediaID)
	switch {
	case media.Link != "" && media.MediaID != "":
		c.Problem(field+".mediaId", "informe só um: %s ou %s.mediaId", linkField, field)
	case into.mediaID != nil && into.mediaID.Static() && media.Type == "" && !chat.IsID(media.MediaID):
		c.Required(field + ".type")
	case media.MediaID != "":
	case media.Link == "":
		c.Required(linkField)
	case into.link != nil && into.link.Static() && !flows.IsWebLink(media.Link):
		c.Problem(linkField, "endereço inválido: comece com http:// ou https://")
	}
	compileMediaKind(c, into, media, field)
}

// compileMediaKind settles what a file is sent as, where that is known before it is sent.
func compileMediaKind(c *flows.Compiler, into *content, media mediaParams, field string) {
	switch {
	case into.kind == "":
		if media.MediaID != "" {
			return // the file tells it, when it is sent
		}
		if into.link != nil && into.link.Static() {
			into.kind = flows.AttachmentType(media.Link)
		}
	case !flows.IsAttachmentType(media.Type):
		c.Problem(field+".type", "use image, video, audio, document ou sticker")
	case into.link != nil && into.link.Static() && chat.LinkContradicts(into.kind, media.Link) != "":
		c.Problem(field+".type", "um endereço que termina em %s não pode ser enviado como %s", chat.LinkContradicts(into.kind, media.Link), media.Type)
	}
}

// limits refuses at once what can never be sent. What variables make too long is found when they are filled in.
func (m *content) limits(c *flows.Compiler, text string, media *mediaParams) {
	length := utf8.RuneCountInString(text)
	switch {
	case text == "":
	case media != nil && m.kind == chat.Audio:
		c.Problem("text", "um áudio não leva texto; mande o texto em outra mensagem")
	case media != nil && m.kind == chat.Sticker:
		c.Problem("text", "uma figurinha não leva texto; mande o texto em outra mensagem")
	case media != nil && length > flows.MaxCaption:
		c.Problem("text", "com arquivo o texto é a legenda: no máximo %d caracteres, tem %d", flows.MaxCaption, length)
	case length > flows.MaxText:
		c.Problem("text", "no máximo %d caracteres, tem %d", flows.MaxText, length)
	}
}

// empty tells that there is nothing to send.
func (m *content) empty() bool {
	return m.text == nil && m.link == nil && m.mediaID == nil && m.other == nil
}

// render fills in the message.
func (m *content) render(s *flows.Step) (chat.Content, error) {
	switch {
	case m.empty():
		return chat.Content{}, nil
	case m.other != nil:
		return m.other.render(s)
	}
	text, err := say(s, m.text)
	if err != nil {
		return chat.Content{}, err
	}
	rendered := chat.Content{Type: chat.Text, Text: text}
	switch {
	case m.mediaID != nil:
		err = m.renderFile(s, &rendered)
	case m.link != nil:
		err = m.renderMedia(s, &rendered)
	}
	if err != nil {
		return chat.Content{}, err
	}
	most := flows.MaxText
	if rendered.Media != nil {
		most = flows.MaxCaption
	}
	if length := utf8.RuneCountInString(text); length > most {
		return chat.Content{}, fault.New(fault.TemplateParams, "texto preenchido tem %d caracteres, no máximo %d", length, most)
	}
	return rendered, nil
}

// renderFile names a file by its id. What it is sent as, where nothing says it, the file tells when it is sent.
func (m *content) renderFile(s *flows.Step, into *chat.Content) error {
	id, err := s.Render(m.mediaID)
	if err != nil {
		return err
	}
	fileName, err := s.Render(m.fileName)
	if err != nil {
		return err
	}
	into.Type, into.Media = m.kind, &chat.Media{ID: id, FileName: fileName}
	if chat.IsID(id) {
		into.Media = &chat.Media{MediaID: id, FileName: fileName}
	} else if m.kind == "" {
		return fault.New(fault.Media, "o arquivo %q é do provedor: diga em type como ele é enviado", id)
	}
	return nil
}

func (m *content) renderMedia(s *flows.Step, into *chat.Content) error {
	link, err := s.Render(m.link)
	if err != nil {
		return err
	}
	fileName, err := s.Render(m.fileName)
	if err != nil {
		return err
	}
	if !flows.IsWebLink(link) {
		return fault.New(fault.Media, "o endereço do arquivo não começa com http:// ou https://")
	}
	into.Type = m.kind
	if into.Type == "" {
		into.Type = flows.AttachmentType(link)
	}
	if into.Type == chat.Audio && into.Text != "" {
		return fault.New(fault.Media, "um áudio não leva texto")
	}
	into.Media = &chat.Media{Link: link, FileName: fileName}
	return nil
}
