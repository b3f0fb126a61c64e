package worker

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Files knows what providers call the files of ours.
type Files interface {
	// Have tells what a channel's provider calls a file. Where it has none, the upload begins beside everything else, and the
	// contact is woken when that has ended. It writes nothing within the caller's transaction.
	Have(ctx context.Context, want desk.FileWanted) (desk.FileHad, error)
}

// filesPause is when a message whose files are being uploaded is looked at again, unless it is woken before.
const filesPause = 2 * time.Second

// files sees to it that the provider has what a message attaches, before the message is claimed: an upload may take minutes
// and be repeated, a claim may not. Until the provider has everything the row stays as it is and can be taken back.
func (p *pass) files(item desk.Item, message *chat.Message) (ready bool, err error) {
	ready = true
	for _, own := range message.Content.OwnFiles() {
		had, problem := p.have(message.ChannelID, *own)
		switch fault.CodeOf(problem) {
		case "":
		case fault.Internal, fault.Unavailable: // the database, not the file
			return false, problem
		default:
			return false, p.outcome(item, desk.Outcome{ItemID: item.ID, At: p.desk.Now, Error: problem})
		}
		own.ID, own.MIME = had.ID, had.MIME
		if own.FileName == "" {
			own.FileName = had.FileName
		}
		if own == message.Content.Media && message.Content.Type == "" {
			message.Content.Type = had.Kind
		}
		if problem := headedBy(&message.Content, own, had.Kind); problem != nil {
			return false, p.outcome(item, desk.Outcome{ItemID: item.ID, At: p.desk.Now, Error: problem})
		}
		ready = ready && had.Ready
	}
	if !ready {
		p.wakeAt(p.desk.Now.Add(filesPause))
	}
	return ready, nil
}

// headedBy lets a file of ours that stands above an interactive message say what it is, where the author did not.
func headedBy(content *chat.Content, own *chat.Media, kind chat.ContentType) error {
	if content.Interactive == nil || content.Interactive.Header == nil || content.Interactive.Header.Media != own || content.Interactive.Header.Type != "" || kind == "" {
		return nil
	}
	content.Interactive.Header.Type = kind
	if err := content.Check(); err != nil {
		return fault.New(fault.Media, "o arquivo do cabeçalho não é imagem, vídeo nem documento")
	}
	content.Text = content.Interactive.ContentOf().Text
	return nil
}

func (p *pass) have(channelID string, own chat.Media) (desk.FileHad, error) {
	if p.worker.Files == nil {
		return desk.FileHad{}, fault.New(fault.Media, "esta instalação não guarda arquivos: use um link")
	}
	return p.worker.Files.Have(p.ctx, desk.FileWanted{
		Ref: desk.Ref{TenantID: p.desk.Contact.TenantID, ContactID: p.desk.Contact.ID}, Channel: p.setup.Channels[channelID],
		MediaID: own.MediaID, Lost: own.Lost,
	})
}

// renewFiles lets a message go once more, with fresh uploads, after its provider did not find or not read a file of ours.
func (p *pass) renewFiles(item desk.Item, problem *fault.Error) bool {
	own := item.Message.Content.OwnFiles()
	if problem.Code != fault.Media || len(own) == 0 {
		return false
	}
	for _, file := range own {
		if file.ID == "" || file.Lost != "" {
			return false
		}
	}
	for _, file := range own {
		file.ID, file.Lost = "", file.ID
	}
	p.postpone(item, problem, "media", p.desk.Now)
	p.wakeAt(p.desk.Now)
	return true
}

// forgetFiles has the files of ours that a message carried uploaded anew for the next one, after its provider said later that
// it could not use them.
func (p *pass) forgetFiles(message chat.Message, problem *fault.Error) {
	if problem.Code != fault.Media {
		return
	}
	for _, own := range message.Content.OwnFiles() {
		if own.ID != "" {
			p.desk.Changes.LostUploads = append(p.desk.Changes.LostUploads, desk.LostUpload{
				ChannelID: message.ChannelID, MediaID: own.MediaID, ExternalID: own.ID,
			})
		}
	}
}
