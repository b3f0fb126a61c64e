package media

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// The beginnings of files, as far as they tell what a file is.
var (
	jpeg    = "\xff\xd8\xff\xe0\x00\x10JFIF"
	png     = "\x89PNG\r\n\x1a\n"
	webp    = "RIFF\x24\x00\x00\x00WEBPVP8 "
	moving  = "RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"
	resting = "RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"
	mp4     = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"
	m4a     = "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00"
	threeGP = "\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00"
	opus    = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead\x01\x01"
	vorbis  = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01vorbis"
	mp3     = "ID3\x04\x00\x00"
	mp3Raw  = "\xff\xfb\x90\x64"
	aac     = "\xff\xf1\x50\x80"
	amr     = "#!AMR\n"
	pdf     = "%PDF-1.7\n"
	docx    = "PK\x03\x04\x14\x00\x06\x00[Content_Types].xml"
	doc     = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	html    = "<!DOCTYPE html><html>"
	csv     = "nome;telefone\nAna;1\n"
	unknown = "\x00\x01\x02\x03"
)

const typeDocx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func TestWhatASenderSaysMustAgreeWithTheBytes(t *testing.T) {
	for _, c := range []struct{ claimed, head, want string }{
		{"image/jpeg", jpeg, "image/jpeg"}, {"image/jpg", jpeg, "image/jpeg"}, {"", png, "image/png"}, {"application/octet-stream", webp, "image/webp"},
		{"video/mp4", mp4, "video/mp4"}, {"audio/mp4", mp4, "audio/mp4"}, {"audio/x-m4a", m4a, "audio/mp4"}, {"video/3gpp", threeGP, "video/3gpp"},
		{"audio/ogg", opus, typeOpus}, {"audio/ogg; codecs=opus", opus, typeOpus}, {"audio/opus", opus, typeOpus}, {"audio/ogg", vorbis, "audio/ogg"},
		{"audio/mpeg", mp3, "audio/mpeg"}, {"audio/mp3", mp3Raw, "audio/mpeg"}, {"audio/aac", aac, "audio/aac"}, {"audio/amr", amr, "audio/amr"},
		{"audio/mpeg", unknown, "audio/mpeg"}, {"application/pdf", pdf, "application/pdf"}, {typeDocx, docx, typeDocx}, {"application/msword", doc, "application/msword"},
		{"text/csv; charset=utf-8", csv, "text/csv"}, {"text/plain", csv, "text/plain"}, {"application/json", `{"a":1}`, "application/json"},
		{"text/html", html, "text/html"}, {"application/x-dwg", unknown, "application/x-dwg"}, {"", unknown, "application/octet-stream"},
		{"image/png", jpeg, ""}, {"image/jpeg", html, ""}, {"application/pdf", html, ""}, {"application/pdf", docx, ""}, {typeDocx, unknown, ""},
		{"video/mp4", jpeg, ""}, {"image/jpeg", unknown, ""}, {"image/svg+xml", csv, ""}, {"text/plain", html, ""}, {typeOpus, vorbis, ""}, {"text/csv", pdf, ""},
	} {
		name, agree := settle(c.claimed, []byte(c.head))
		require.Equal(t, c.want != "", agree, "%s as %q: %s", c.claimed, c.head, name)
		if agree {
			require.Equal(t, c.want, name, "%s as %q", c.claimed, c.head)
		}
	}
}

func TestAFilesKindAndItsLimit(t *testing.T) {
	for _, c := range []struct {
		head, claimed string
		fileName      string
		wanted        chat.ContentType
		kind          chat.ContentType
		limit         int64
		field         string
	}{
		{head: jpeg, kind: chat.Image, limit: 5 << 20},
		{head: jpeg, wanted: chat.Document, kind: chat.Document, limit: 100 << 20},
		{head: mp4, kind: chat.Video, limit: 16 << 20},
		{head: opus, kind: chat.Audio, limit: 16 << 20},
		{head: vorbis, kind: chat.Document, limit: 100 << 20},
		{head: docx, fileName: "Contrato.DOCX", kind: chat.Document, limit: 100 << 20},
		{head: doc, fileName: "a.xls", claimed: "application/octet-stream", kind: chat.Document, limit: 100 << 20},
		{head: docx, claimed: typeDocx, wanted: chat.Image, field: "kind"},
		{head: docx, field: "file"}, {head: docx, fileName: "a.doc", field: "file"}, {head: unknown, fileName: "a.exe", field: "file"},
		{head: "MZ\x90\x00", wanted: chat.Document, field: "file"}, {head: html, claimed: "text/html", field: "file"}, {head: html, wanted: chat.Image, field: "file"},
		{head: csv, claimed: "text/csv", field: "file"}, {head: csv, claimed: "text/plain", kind: chat.Document, limit: 100 << 20},
		{head: "GIF89a", field: "file"}, {head: "PK\x03\x04", claimed: "application/zip", field: "file"},
		{head: webp, kind: chat.Sticker, limit: 100 << 10},
		{head: resting, kind: chat.Sticker, limit: 100 << 10},
		{head: moving, kind: chat.Sticker, limit: 500 << 10},
		{head: pdf, kind: chat.Document, limit: 100 << 20},
		{head: webp, wanted: chat.Image, field: "kind"},
		{head: pdf, wanted: chat.Audio, field: "kind"},
		{head: jpeg, wanted: "gif", field: "kind"},
		{head: jpeg, claimed: "image/png", field: "file"},
		{head: "", field: "file"},
	} {
		_, kind, limit, err := judge(desk.FileClaim{Kind: c.wanted, MIME: c.claimed, FileName: c.fileName}, []byte(c.head))
		if c.field != "" {
			require.Equal(t, c.field, fault.Of(err).Field, "%q %q: %v", c.head, c.fileName, err)
			require.True(t, fault.Is(err, fault.Invalid))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.kind, kind, "%q", c.head)
		require.Equal(t, c.limit, limit, "%q", c.head)
	}
}

func TestADisagreementIsToldAsItIs(t *testing.T) {
	for _, c := range []struct{ claimed, head, says string }{
		{"image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "o WhatsApp não aceita SVG: converta a imagem para PNG ou JPEG"},
		{"image/svg+xml", `<?xml version="1.0"?><svg/>`, "o WhatsApp não aceita SVG"},
		{"image/png", jpeg, "o tipo informado é image/png, mas o conteúdo é image/jpeg"},
		{"application/pdf", docx, "o tipo informado é application/pdf, mas o conteúdo é application/zip"},
		{"application/pdf", csv, "o tipo informado é application/pdf, mas o conteúdo é text/plain"},
		{"image/png", doc, "mas o conteúdo é application/x-ole-storage"},
		{"image/jpeg", unknown, "o tipo informado é image/jpeg, mas o conteúdo não começa como um arquivo desse tipo"},
	} {
		_, _, _, err := judge(desk.FileClaim{MIME: c.claimed}, []byte(c.head))
		require.Equal(t, "file", fault.Of(err).Field)
		require.ErrorContains(t, err, c.says)
	}
}

func TestChecksumsAreReadHoweverTheyAreWritten(t *testing.T) {
	raw := make([]byte, 32)
	for i := range raw {
		raw[i] = byte(255 - i)
	}
	want := hex.EncodeToString(raw)
	for _, written := range []string{
		want, strings.ToUpper(want), " " + want + " ", base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	} {
		got, readable := readSum(written)
		require.True(t, readable, written)
		require.Equal(t, want, got)
	}
	for _, written := range []string{"", "abc", want[:62], want + "00", "fYq9/dsA=", strings.Repeat("z", 64)} {
		_, readable := readSum(written)
		require.False(t, readable, written)
	}
}

func TestNamesAreFitForHeadersAndPhones(t *testing.T) {
	for given, want := range map[string]string{
		"foto.jpg": "foto.jpg", "../../etc/passwd": "passwd", `C:\fotos\a.jpg`: "a.jpg", "a\r\nb\x00.pdf": "ab.pdf", "\u0020x.pdf\t": "x.pdf",
		"fdp\u202egpj.exe": "fdpgpj.exe", "orçamento.pdf": "orçamento.pdf", "\xff\xfe.txt": ".txt",
	} {
		require.Equal(t, want, cleanName(given), "%q", given)
	}
	require.LessOrEqual(t, len(cleanName(strings.Repeat("ç", 500))), maxName)
}

func FuzzTypes(f *testing.F) {
	for _, head := range []string{jpeg, png, webp, moving, mp4, m4a, threeGP, opus, vorbis, mp3, aac, amr, pdf, docx, doc, html, csv, unknown, "", "\xff"} {
		f.Add("", []byte(head), "")
		f.Add("image/jpeg", []byte(head), "document")
	}
	f.Fuzz(func(t *testing.T, claimed string, head []byte, wanted string) {
		name, kind, limit, err := judge(desk.FileClaim{Kind: chat.ContentType(wanted), MIME: claimed}, head)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			return
		}
		require.NotEmpty(t, name)
		require.Positive(t, limit)
		require.LessOrEqual(t, limit, MaxFile)
		if kind != chat.Document {
			require.Contains(t, chat.FileTypes(kind), name)
		}
	})
}

func FuzzSums(f *testing.F) {
	f.Add("fYq9/dsA=")
	f.Add(strings.Repeat("a", 64))
	f.Add("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")
	f.Fuzz(func(t *testing.T, written string) {
		if sum, readable := readSum(written); readable {
			require.True(t, isSum(sum))
		}
	})
}
