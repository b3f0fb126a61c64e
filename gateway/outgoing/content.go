package outgoing

import (
	"context"
	"unicode/utf8"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Attachment is a file by its address, by our id of it, or by the provider's.
type Attachment struct {
	URL      string           `json:"url,omitempty" maxLength:"2000"`
	MediaID  string           `json:"mediaId,omitempty" maxLength:"200" doc:"id de um arquivo de /api/media; qualquer outro é o id da mídia no provedor"`
	Type     chat.ContentType `json:"type,omitempty" enum:"image,video,audio,document,sticker" doc:"se não for dado, pelo arquivo, ou pela extensão do endereço"`
	FileName string           `json:"fileName,omitempty" maxLength:"240"`
}

// freeForm makes a text, a file, or a file with its caption. textField is what the caller calls the text.
func freeForm(textField, text string, file *Attachment) (chat.Content, error) {
	if chat.Unreadable(text) && file == nil {
		return chat.Content{}, fault.Required(textField)
	}
	if why := markedWhy(text); why != "" {
		return chat.Content{}, fault.Field(textField, "%s", why)
	}
	most := flows.MaxText
	if file != nil {
		most = flows.MaxCaption
	}
	if length := utf8.RuneCountInString(text); length > most {
		return chat.Content{}, fault.Field(textField, "no máximo %d caracteres, tem %d", most, length)
	}
	content := chat.Content{Type: chat.Text, Text: text}
	if file == nil {
		return content, nil
	}
	err := attach(&content, textField, *file)
	return content, err
}

func attach(content *chat.Content, textField string, file Attachment) error {
	switch {
	case file.URL == "" && file.MediaID == "":
		return fault.Required("attachment.url")
	case file.URL != "" && file.MediaID != "":
		return fault.Field("attachment.mediaId", "informe só um: url ou mediaId")
	case file.URL != "" && !flows.IsWebLink(file.URL):
		return fault.Field("attachment.url", "endereço inválido: comece com http:// ou https://")
	case file.MediaID != "" && file.Type == "" && !chat.IsID(file.MediaID):
		return fault.Required("attachment.type")
	}
	content.Type = file.Type
	if content.Type == "" && file.URL != "" {
		content.Type = typeOfLink(file.URL)
	} else if problem := contradicted("attachment.type", file.URL, content.Type); content.Type != "" && problem != nil {
		return problem
	}
	if err := fitsCaption(*content, textField); err != nil {
		return err
	}
	content.Media = &chat.Media{Link: file.URL, ID: file.MediaID, FileName: file.FileName}
	return nil
}

// fitsCaption refuses a text beside what carries none.
func fitsCaption(content chat.Content, textField string) error {
	switch {
	case content.Text == "":
	case content.Type == chat.Audio:
		return fault.Field(textField, "um áudio não leva texto; mande o texto em outra mensagem")
	case content.Type == chat.Sticker:
		return fault.Field(textField, "uma figurinha não leva texto; mande o texto em outra mensagem")
	}
	return nil
}

// typeOfLink tells a file's type by the extension of its address.
func typeOfLink(link string) chat.ContentType { return flows.AttachmentType(link) }

// TemplateWanted is a template as callers name it.
type TemplateWanted struct {
	Name, ID, Language string
	Values             Values
}

// TemplateContent finds the template on the channel and fills it in. One that does not exist there or is not approved
// is fault.TemplateNotFound (whatsapp-automation.md, Erros Comuns).
func (b *Outbox) TemplateContent(ctx context.Context, channel chat.Channel, wanted TemplateWanted) (chat.Content, error) {
	template, err := b.findTemplate(ctx, channel, wanted)
	if err != nil {
		return chat.Content{}, err
	}
	filled, text, err := actions.FillTemplate(template, wanted.Values.Given)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Content{Type: chat.TemplateUse, Text: text, Template: filled}, nil
}

func (b *Outbox) findTemplate(ctx context.Context, channel chat.Channel, wanted TemplateWanted) (chat.Template, error) {
	var template chat.Template
	if wanted.ID != "" {
		found, err := b.Store.Template(ctx, channel.TenantID, wanted.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return template, err
		}
		if err == nil && found.ChannelID == channel.ID {
			template = found
		}
	} else {
		known, err := b.templatesOf(ctx, channel)
		if err != nil {
			return template, err
		}
		template, _ = known.Template(channel.ID, wanted.Name, wanted.Language)
	}
	if template.ID == "" {
		return template, fault.New(fault.TemplateNotFound, "Template não encontrado: verifique se está aprovado e se o ID, nome ou idioma está correto")
	}
	return template, nil
}
