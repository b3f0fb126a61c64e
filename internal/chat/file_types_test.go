package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestWhatAFileCanBeSentAs(t *testing.T) {
	for _, c := range []struct {
		kind chat.ContentType
		mime string
		fits bool
	}{
		{chat.Image, "image/png", true}, {chat.Image, "image/webp", false}, {chat.Video, "image/png", false}, {chat.Document, "image/png", true},
		{chat.Document, "application/pdf", true}, {chat.Image, "application/pdf", false}, {chat.Document, "text/html", false},
		{chat.Document, "application/octet-stream", false}, {chat.Document, "text/plain; charset=utf-8", true}, {chat.Audio, "audio/ogg; codecs=OPUS", true},
		{chat.Audio, "audio/ogg", false}, {chat.Sticker, "image/webp", true}, {chat.Image, "", true}, {chat.Text, "image/png", false}, {chat.Document, "nada", false},
	} {
		require.Equal(t, c.fits, chat.FileFits(c.kind, c.mime), "%s as %s", c.mime, c.kind)
	}
}

func TestALinksEndingMayContradictItsKind(t *testing.T) {
	for _, c := range []struct {
		kind chat.ContentType
		link string
		want string
	}{
		{chat.Image, "https://exemplo.com/a.pdf", ".pdf"}, {chat.Image, "https://exemplo.com/A.PDF?x=1", ".pdf"}, {chat.Video, "https://exemplo.com/a.jpg", ".jpg"},
		{chat.Audio, "https://exemplo.com/a.mp4", ".mp4"}, {chat.Image, "https://exemplo.com/a.gif", ".gif"}, {chat.Sticker, "https://exemplo.com/a.png", ".png"},
		{chat.Image, "https://exemplo.com/a.jpg", ""}, {chat.Image, "https://exemplo.com/foto", ""}, {chat.Image, "https://exemplo.com/foto.php", ""},
		{chat.Document, "https://exemplo.com/a.jpg", ""}, {chat.Image, "://", ""}, {chat.Video, "https://exemplo.com/a.pdf/ver", ""},
		{chat.Sticker, "https://exemplo.com/a.webp", ""}, {chat.Audio, "https://exemplo.com/a.ogg", ""},
	} {
		require.Equal(t, c.want, chat.LinkContradicts(c.kind, c.link), "%s as %s", c.link, c.kind)
	}
}
