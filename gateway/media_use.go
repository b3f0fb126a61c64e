package gateway

import (
	"context"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// useFiles looks at the files of ours that a message attaches, so that a caller hears at once of one that cannot be sent.
// A message that does not say what its file is sent as is told by the file.
func (g *Gateway) useFiles(ctx context.Context, tenantID string, content *chat.Content) error {
	for _, own := range content.OwnFiles() {
		field, inHeader := "mediaId", content.Interactive != nil && content.Interactive.Header != nil && own == content.Interactive.Header.Media
		var takes chat.ContentType
		if content.Template != nil {
			name, kind, _ := content.Template.HeaderOf(own)
			field, takes = "variables."+name, kind
		}
		switch {
		case own == content.Media:
			field = "attachment.mediaId"
		case inHeader:
			field = "interactive.header.mediaId"
		}
		file, err := g.usable(ctx, tenantID, field, own.MediaID)
		if err != nil {
			return err
		}
		if (takes == chat.Image || takes == chat.Video) && file.Kind != "" && file.Kind != takes {
			return fault.Field(field, "este cabeçalho leva um arquivo do tipo %s, e este é do tipo %s", takes, file.Kind)
		}
		if own == content.Media && content.Type == "" {
			content.Type = file.Kind
			if err := fitsCaption(*content, "message"); err != nil {
				return err
			}
		}
		if inHeader && content.Interactive.Header.Type == "" {
			content.Interactive.Header.Type = file.Kind
			if err := content.Check(); err != nil {
				return err
			}
			content.Text = content.Interactive.ContentOf().Text
		}
	}
	return nil
}

// usable finds a file of ours that can be sent.
func (g *Gateway) usable(ctx context.Context, tenantID, field, id string) (chat.File, error) {
	file, err := g.Store.File(ctx, tenantID, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return file, fault.Field(field, "arquivo não encontrado: envie-o antes por POST %s", filesPath)
	case err == nil && file.State == chat.FileFailed:
		return file, fault.Field(field, "este arquivo não pôde ser obtido do cliente")
	}
	return file, err
}

// attachmentUse is an attachment as an authored document names it.
type attachmentUse struct {
	path string
	file *followup.ModelAttachment
	text string
}

// checkAttachments refuses what authors attach that does not exist, or that carries no text: flows.Problems.
func (g *Gateway) checkAttachments(ctx context.Context, tenantID string, uses []attachmentUse) error {
	var problems flows.Problems
	for _, use := range uses {
		if use.file == nil || !chat.IsID(use.file.MediaID) {
			continue
		}
		file, err := g.usable(ctx, tenantID, use.path+".mediaId", use.file.MediaID)
		if fault.Is(err, fault.Invalid) {
			problems = append(problems, fault.Of(err))
			continue
		}
		if err != nil {
			return err
		}
		if kind := chat.ContentType(use.file.Type); use.text != "" && (kind == chat.Audio || kind == "" && (file.Kind == chat.Audio || file.Kind == chat.Sticker)) {
			problems = append(problems, fault.Field(use.path+".mediaId", "este arquivo não leva texto; mande o texto em outra mensagem"))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}
