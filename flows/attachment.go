package flows

import (
	"net/url"
	"path"
	"strings"

	"retoma/internal/chat"
)

// The limits that WhatsApp sets (whatsapp-automation.md; providers.md), in characters.
const (
	MaxText    = 4096
	MaxCaption = 1024
)

// AttachmentType tells what a link's file is sent as, by the extension in its path: image, video, audio, else document.
func AttachmentType(link string) chat.ContentType {
	parsed, err := url.Parse(link)
	if err != nil {
		return chat.Document
	}
	switch strings.ToLower(path.Ext(parsed.Path)) {
	case ".jpg", ".jpeg", ".png", ".webp":
		return chat.Image
	case ".mp4", ".3gp":
		return chat.Video
	case ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".amr":
		return chat.Audio
	}
	return chat.Document
}

// IsAttachmentType tells whether a file can be sent as what an author wrote.
func IsAttachmentType(written string) bool {
	switch chat.ContentType(written) {
	case chat.Image, chat.Video, chat.Audio, chat.Document, chat.Sticker:
		return true
	}
	return false
}

// IsWebLink tells whether a text is an absolute http or https address.
func IsWebLink(link string) bool { return chat.IsWebLink(link) }
