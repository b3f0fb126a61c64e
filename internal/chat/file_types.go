package chat

import (
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
)

// TypeOpus is Opus in Ogg: the only sound in Ogg that WhatsApp plays.
const TypeOpus = "audio/ogg; codecs=opus"

// FileTypes are the MIME types that can be sent as a kind (developers.facebook.com/documentation/business-messaging/whatsapp/
// business-phone-numbers/media, "Supported media types"); none for what is no file. A document may be any of them, because an
// upload is judged before it is known what it is sent as.
func FileTypes(kind ContentType) []string {
	switch kind {
	case Image:
		return []string{"image/jpeg", "image/png"}
	case Video:
		return []string{"video/mp4", "video/3gpp"}
	case Audio:
		return []string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", TypeOpus}
	case Sticker:
		return []string{"image/webp"}
	case Document:
		types := []string{
			"application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			"application/vnd.openxmlformats-officedocument.presentationml.presentation", "audio/ogg", "audio/opus",
		}
		for _, other := range []ContentType{Image, Video, Audio, Sticker} {
			types = append(types, FileTypes(other)...)
		}
		return types
	}
	return nil
}

// FileFits tells whether a file of a MIME type can be sent as a kind. A type that is not known fits everything.
func FileFits(kind ContentType, mimeType string) bool {
	if mimeType == "" {
		return true
	}
	base, parameters, err := mime.ParseMediaType(mimeType)
	if err != nil {
		base = mimeType
	}
	if base == "audio/ogg" && strings.EqualFold(parameters["codecs"], "opus") {
		base = TypeOpus
	}
	return slices.Contains(FileTypes(kind), base)
}

// endings are what links to files end in. What a program answers at other addresses, nobody can tell beforehand.
func endings(ending string) string {
	switch ending {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png", ".gif", ".bmp", ".heic", ".tiff":
		return "image/" + ending[1:]
	case ".mp4":
		return "video/mp4"
	case ".3gp":
		return "video/3gpp"
	case ".mov", ".avi", ".mkv", ".webm", ".wmv":
		return "video/" + ending[1:]
	case ".mp3":
		return "audio/mpeg"
	case ".m4a":
		return "audio/mp4"
	case ".aac", ".amr", ".wav":
		return "audio/" + ending[1:]
	case ".ogg", ".opus":
		return TypeOpus
	case ".pdf":
		return "application/pdf"
	case ".txt", ".csv":
		return "text/plain"
	case ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".exe":
		return "application/" + ending[1:]
	}
	return ""
}

// LinkContradicts gives the ending of a link that cannot be a file of a kind, such as .pdf for an image; empty if nothing is known
// against it. A document may end in anything.
func LinkContradicts(kind ContentType, link string) string {
	if kind == Document {
		return ""
	}
	parsed, err := url.Parse(link)
	if err != nil {
		return ""
	}
	ending := strings.ToLower(path.Ext(parsed.Path))
	known := endings(ending)
	if known == "" || FileFits(kind, known) || kind == Video && known == "audio/mp4" {
		return ""
	}
	return ending
}
