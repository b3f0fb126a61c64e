package sandbox

import (
	"fmt"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
)

// mediaRule says which files of a kind Meta takes, and how large (providers.md 1.3; Meta's page "Media", supported media types).
type mediaRule struct {
	types []string
	most  int
}

const megabyte = 1 << 20

// mediaRules are the rules by kind of message. A document may be of any type when it is sent by link, but not when it is uploaded.
var mediaRules = map[string]mediaRule{
	"audio": {[]string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}, 16 * megabyte},
	"document": {[]string{"text/plain", "text/csv", "application/pdf", "application/vnd.ms-excel", "application/msword", "application/vnd.ms-powerpoint",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation"}, 100 * megabyte},
	"image":   {[]string{"image/jpeg", "image/png"}, 5 * megabyte},
	"sticker": {[]string{"image/webp"}, 500 << 10},
	"video":   {[]string{"video/mp4", "video/3gpp"}, 16 * megabyte},
}

// kindOfType is the kind of message that a type of file is uploaded for; empty if Meta takes no such file.
func kindOfType(mimeType string) string {
	for _, kind := range []string{"audio", "document", "image", "sticker", "video"} {
		if slices.Contains(mediaRules[kind].types, plainType(mimeType)) {
			return kind
		}
	}
	return ""
}

func plainType(mimeType string) string {
	plain, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(mimeType))
	}
	return plain
}

// checkFile refuses a file that a message of this kind cannot carry.
func checkFile(kind, mimeType string, size int) *graphError {
	rule := mediaRules[kind]
	if kind != "document" && !slices.Contains(rule.types, plainType(mimeType)) {
		return refuse(131053, "Media upload error: media of type %s is not supported for %s messages. Please use one of: %s", mimeType, kind, strings.Join(rule.types, ", "))
	}
	if size > rule.most {
		return refuse(131053, "Media upload error: %s", tooLarge(kind, size, rule.most))
	}
	return nil
}

func tooLarge(kind string, size, most int) string {
	return fmt.Sprintf("file size is %d bytes, but the maximum for %s is %d bytes", size, kind, most)
}

// checkLink judges a link by the ending of its path, the way its server would name the content. An ending that says nothing passes.
func checkLink(kind, link string) *graphError {
	parsed, err := url.Parse(link)
	if err != nil {
		return refuse(131053, "Media upload error: the link is not a valid URL")
	}
	known := mime.TypeByExtension(strings.ToLower(path.Ext(parsed.Path)))
	// Sounds in an Ogg container go by several names among the systems' lists.
	if known == "" || strings.HasSuffix(strings.ToLower(parsed.Path), ".ogg") {
		return nil
	}
	return checkFile(kind, known, 0)
}
