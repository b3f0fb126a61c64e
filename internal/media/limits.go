package media

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	kilobyte = int64(1) << 10
	megabyte = int64(1) << 20
)

// MaxFile is the largest file of any kind, in bytes: WhatsApp's limit of documents.
const MaxFile = 100 * megabyte

// The largest files that WhatsApp takes, by what they are sent as
// (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media, "Supported Media Types").
const (
	maxImage           = 5 * megabyte
	maxVideo           = 16 * megabyte
	maxAudio           = 16 * megabyte
	maxSticker         = 100 * kilobyte
	maxAnimatedSticker = 500 * kilobyte
)

// kindFor tells what a file is sent as: as the sender wants it, if its type allows that, else by its type.
func kindFor(name string, wanted chat.ContentType) (chat.ContentType, error) {
	switch wanted {
	case "":
		for _, kind := range []chat.ContentType{chat.Image, chat.Video, chat.Audio, chat.Sticker, chat.Document} {
			if slices.Contains(chat.FileTypes(kind), name) {
				return kind, nil
			}
		}
		return "", fault.Field("file", "o WhatsApp não aceita arquivos %s: aceita %s", name, strings.Join(chat.FileTypes(chat.Document), ", "))
	case chat.Image, chat.Video, chat.Audio, chat.Sticker, chat.Document:
		allowed := chat.FileTypes(wanted)
		switch {
		case slices.Contains(allowed, name):
			return wanted, nil
		case wanted == chat.Document || !slices.Contains(chat.FileTypes(chat.Document), name):
			return kindFor(name, "")
		}
		return "", fault.Field("kind", "um arquivo %s não pode ser enviado como %s: use %s, ou envie como document",
			name, wanted, strings.Join(allowed, ", "))
	}
	return "", fault.Field("kind", "use image, video, audio, document ou sticker")
}

// limitOf is the largest size of a kind, in bytes.
func limitOf(kind chat.ContentType, head []byte) int64 {
	switch kind {
	case chat.Image:
		return maxImage
	case chat.Video:
		return maxVideo
	case chat.Audio:
		return maxAudio
	case chat.Sticker:
		if isAnimated(head) {
			return maxAnimatedSticker
		}
		return maxSticker
	}
	return MaxFile
}

// isAnimated looks at the flags of an extended WebP file (https://developers.google.com/speed/webp/docs/riff_container).
func isAnimated(head []byte) bool {
	const flags, animation = 20, 0x02
	return len(head) > flags && bytes.Equal(head[12:16], []byte("VP8X")) && head[flags]&animation != 0
}

// inWords is a size for people.
func inWords(bytes int64) string {
	if bytes >= megabyte {
		return strings.Replace(strings.TrimSuffix(fmt.Sprintf("%.1f", float64(bytes)/float64(megabyte)), ".0"), ".", ",", 1) + " MB"
	}
	return fmt.Sprintf("%d KB", (bytes+kilobyte-1)/kilobyte)
}
