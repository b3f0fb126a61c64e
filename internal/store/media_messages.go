package store

import (
	"context"

	"retoma/internal/chat"
)

// showFiles lays what is known of customers' files over the messages that carry them.
func (s *Store) showFiles(ctx context.Context, tenantID string, messages []chat.Message) error {
	byFile := map[string][]*chat.Media{}
	where := newFilter("media.tenant_id", tenantID)
	for i := range messages {
		if media := messages[i].Content.Media; media != nil && media.MediaID != "" && media.Status != "" {
			byFile[media.MediaID] = append(byFile[media.MediaID], media)
			media.Status, media.Problem = chat.FileDeleted, "o arquivo foi removido"
		}
	}
	if len(byFile) == 0 {
		return nil
	}
	ids := make([]string, 0, len(byFile))
	for id := range byFile {
		ids = append(ids, id)
	}
	where.among("media.id", ids)
	return s.list(ctx, func(row scanner) error {
		file, err := scanFile(row)
		for _, media := range byFile[file.ID] {
			media.Status, media.Problem = file.State, file.Problem
			if file.State == chat.FileKept {
				media.MIME, media.Size, media.SHA256, media.FileName = file.MIME, file.Size, file.SHA256, file.FileName
			}
		}
		return err
	}, "SELECT "+fileColumns+" FROM media WHERE "+where.text(), where.args...)
}

// keepFiles notes in a webhook's event which files of ours its message's files will be, and that they are to be fetched.
func keepFiles(work *batch, event *chat.Event, now int64) (fetch bool, err error) {
	if event.Message == nil || event.Message.Content.Media == nil || !event.Message.Content.CarriesFile() {
		return false, nil
	}
	source := *event.Message.Content.Media
	if source.MediaID != "" || source.ID == "" && source.Link == "" {
		return false, nil
	}
	message, media := *event.Message, source // the caller's event stays as it is: it may have to be written again
	media.MediaID, media.Status = chat.NewID(), chat.FileFetching
	message.Content.Media = &media
	event.Message = &message
	return true, insertFile(work, chat.File{
		ID: media.MediaID, TenantID: event.TenantID, ChannelID: event.ChannelID, MessageID: event.ID, Kind: message.Content.Type,
		State: chat.FileFetching, MIME: source.MIME, FileName: source.FileName, Source: source, DueAt: instant(now), CreatedAt: instant(now),
	})
}
