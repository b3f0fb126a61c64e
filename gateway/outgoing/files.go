package outgoing

import (
	"context"
	"strings"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// useFiles looks at the files of ours that a message attaches, so that a caller hears at once of one that cannot be sent.
// A message that does not say what its file is sent as is told by the file.
func (b *Outbox) useFiles(ctx context.Context, tenantID string, content *chat.Content) error {
	for _, own := range content.OwnFiles() {
		place := fileAtPlace(*content, own)
		file, err := b.usable(ctx, tenantID, place.id, own.MediaID)
		if err != nil {
			return err
		}
		if place.kind == "" {
			if err := b.takeKind(content, own, file); err != nil {
				return err
			}
		} else if problem := unfit(place.kindField, file, place.kind); problem != nil {
			return problem
		}
	}
	return nil
}

// filePlace is where a message has a file: the fields of its id and of its kind, and its kind if it is said.
type filePlace struct {
	id, kindField string
	kind          chat.ContentType
}

// fileAtPlace finds where in a message a file stands.
func fileAtPlace(content chat.Content, own *chat.Media) filePlace {
	switch {
	case own == content.Media:
		return filePlace{"attachment.mediaId", "attachment.type", content.Type}
	case content.Interactive != nil && content.Interactive.Header != nil && own == content.Interactive.Header.Media:
		return filePlace{"interactive.header.mediaId", "interactive.header.type", content.Interactive.Header.Type}
	}
	if content.Template != nil {
		if name, takes, found := content.Template.HeaderOf(own); found {
			return filePlace{"variables." + name + ".mediaId", "variables." + name, takes}
		}
	}
	return filePlace{id: "mediaId", kindField: "mediaId"}
}

// takeKind lets a message that does not say what its file is sent as be told by the file.
func (b *Outbox) takeKind(content *chat.Content, own *chat.Media, file chat.File) error {
	switch {
	case own == content.Media:
		content.Type = file.Kind
		return fitsCaption(*content, "message")
	case content.Interactive != nil && content.Interactive.Header != nil && own == content.Interactive.Header.Media:
		content.Interactive.Header.Type = file.Kind
		if err := content.Check(); err != nil {
			return err
		}
		content.Text = content.Interactive.ContentOf().Text
	}
	return nil
}

// unfit refuses a file whose type is not one that WhatsApp takes as a kind; nil if it may go.
func unfit(field string, file chat.File, kind chat.ContentType) *fault.Error {
	if chat.FileFits(kind, file.MIME) {
		return nil
	}
	return fault.Field(field, "este arquivo é %s e não pode ser enviado como %s: use %s", file.MIME, kind, strings.Join(chat.FileTypes(kind), ", "))
}

// contradicted refuses a link whose ending says that it is of another kind; nil if it may go.
func contradicted(field, link string, kind chat.ContentType) *fault.Error {
	ending := chat.LinkContradicts(kind, link)
	if ending == "" {
		return nil
	}
	return fault.Field(field, "um endereço que termina em %s não pode ser enviado como %s", ending, kind)
}

// usable finds a file of ours that can be sent.
func (b *Outbox) usable(ctx context.Context, tenantID, field, id string) (chat.File, error) {
	file, err := b.Store.File(ctx, tenantID, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return file, fault.Field(field, "arquivo não encontrado: envie-o antes por POST %s", web.FilesPath)
	case err == nil && file.State == chat.FileFailed:
		return file, fault.Field(field, "este arquivo não pôde ser obtido do cliente")
	case err == nil:
		if problem := unfit(field, file, chat.Document); problem != nil {
			return file, problem
		}
	}
	return file, err
}

// AttachmentUse is an attachment as an authored document names it.
type AttachmentUse struct {
	Path string
	File *followup.ModelAttachment
	Text string
}

// CheckAttachments refuses what authors attach that does not exist, or that carries no text: flows.Problems.
func (b *Outbox) CheckAttachments(ctx context.Context, tenantID string, uses []AttachmentUse) error {
	var problems flows.Problems
	for _, use := range uses {
		if use.File == nil {
			continue
		}
		kind := chat.ContentType(use.File.Type)
		if problem := contradicted(use.Path+".type", use.File.URL, kind); kind != "" && problem != nil {
			problems = append(problems, problem)
		}
		if !chat.IsID(use.File.MediaID) {
			continue
		}
		file, err := b.usable(ctx, tenantID, use.Path+".mediaId", use.File.MediaID)
		if fault.Is(err, fault.Invalid) {
			problems = append(problems, fault.Of(err))
			continue
		}
		if err != nil {
			return err
		}
		if kind != "" {
			if problem := unfit(use.Path+".type", file, kind); problem != nil {
				problems = append(problems, problem)
				continue
			}
		}
		if use.Text != "" && (kind == chat.Audio || kind == "" && (file.Kind == chat.Audio || file.Kind == chat.Sticker)) {
			problems = append(problems, fault.Field(use.Path+".mediaId", "este arquivo não leva texto; mande o texto em outra mensagem"))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}
