package media

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"retoma/internal/chat"
)

// The types that files are told to be. Where a provider wants a parameter, it is part of the name.
const (
	typeOpus  = chat.TypeOpus
	typeOLE   = "application/x-ole-storage"
	typePlain = "text/plain"
	typeBytes = "application/octet-stream"
	typeSVG   = "image/svg+xml"
)

// sniff tells what a file is by its first bytes: what http.DetectContentType knows (https://mimesniff.spec.whatwg.org),
// and what WhatsApp's senders use beyond it. Parameters such as a charset are left out, except for Opus in Ogg.
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("OggS")):
		return sniffOgg(head)
	case len(head) >= 12 && bytes.Equal(head[4:8], []byte("ftyp")):
		return sniffISO(string(head[8:12]))
	case bytes.HasPrefix(head, []byte("#!AMR")):
		return "audio/amr"
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}):
		return typeOLE
	case len(head) > 1 && head[0] == 0xff && head[1]&0xf6 == 0xf0: // ADTS: layer 0
		return "audio/aac"
	case len(head) > 1 && head[0] == 0xff && head[1]&0xe0 == 0xe0 && head[1]&0x06 == 0x02: // MPEG audio: layer III
		return "audio/mpeg"
	}
	found, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		return typeBytes
	}
	if found == "audio/wave" {
		return "audio/wav"
	}
	return found
}

func sniffOgg(head []byte) string {
	switch {
	case bytes.Contains(head, []byte("OpusHead")):
		return typeOpus
	case bytes.Contains(head, []byte("\x80theora")):
		return "video/ogg"
	case bytes.Contains(head, []byte("\x01vorbis")):
		return "audio/ogg"
	}
	return "application/ogg"
}

// sniffISO tells the relatives of MP4 by their major brand (https://mp4ra.org/registered-types/brands).
func sniffISO(brand string) string {
	switch {
	case strings.HasPrefix(brand, "3g"):
		return "video/3gpp"
	case strings.HasPrefix(brand, "M4A"), strings.HasPrefix(brand, "M4B"):
		return "audio/mp4"
	case strings.HasPrefix(brand, "qt"):
		return "video/quicktime"
	case slices.Contains([]string{"heic", "heix", "mif1", "msf1", "hevc"}, brand):
		return "image/heic"
	case strings.HasPrefix(brand, "avif"):
		return "image/avif"
	}
	return "video/mp4"
}

// aliases are other names that senders use.
func canonical(claimed string) string {
	base, parameters, err := mime.ParseMediaType(claimed)
	if err != nil {
		return ""
	}
	switch base {
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "audio/mp3", "audio/x-mp3", "audio/mpeg3":
		return "audio/mpeg"
	case "audio/x-m4a", "audio/m4a":
		return "audio/mp4"
	case "audio/x-aac", "audio/aacp":
		return "audio/aac"
	case "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return "audio/wav"
	case "audio/opus":
		return typeOpus
	case "video/3gp":
		return "video/3gpp"
	case "audio/ogg":
		if strings.EqualFold(parameters["codecs"], "opus") {
			return typeOpus
		}
	}
	return base
}

// families are types that the first bytes cannot tell apart: the claim decides among them.
func families() [][]string {
	return [][]string{
		{"video/mp4", "audio/mp4", "video/quicktime"},
		{"video/3gpp", "audio/3gpp", "video/mp4"},
		{"audio/ogg", "application/ogg"},
		{typeOpus, "application/ogg"},
		{"audio/aac", "audio/mpeg"},
	}
}

// settle makes one type of what the sender says and of what the bytes are. When the two contradict each other it gives false
// and what the bytes are.
func settle(claimed string, head []byte) (string, bool) {
	seen, said := sniff(head), canonical(claimed)
	switch {
	case said == "" || said == typeBytes || said == seen || said == "audio/ogg" && seen == typeOpus:
		return seen, true
	case mayBe(seen, said):
		return said, true
	}
	return seen, false
}

// mayBe tells whether bytes that look like one type may be of another that is claimed.
func mayBe(seen, said string) bool {
	switch seen {
	case "application/zip":
		return isZipped(said)
	case typeOLE:
		return isOffice(said)
	case typePlain, "text/xml":
		return isTextual(said)
	case typeBytes:
		return !isRecognisable(said)
	}
	return slices.ContainsFunc(families(), func(family []string) bool {
		return slices.Contains(family, seen) && slices.Contains(family, said)
	})
}

// isZipped: the packages of Microsoft and OpenDocument, and others, are ZIP files.
func isZipped(name string) bool {
	return strings.HasPrefix(name, "application/") && !isOldOffice(name) && name != "application/pdf" && name != "application/json"
}

func isOldOffice(name string) bool {
	return slices.Contains([]string{"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}, name)
}

func isOffice(name string) bool {
	return isOldOffice(name) || strings.HasPrefix(name, "application/vnd.ms-") || name == typeOLE
}

// isTextual: text in a form of its own; HTML is recognised by itself and is never only text.
func isTextual(name string) bool {
	if name == "text/html" || name == typeSVG {
		return false
	}
	return strings.HasPrefix(name, "text/") || strings.HasSuffix(name, "+xml") || strings.HasSuffix(name, "+json") ||
		slices.Contains([]string{"application/json", "application/xml", "application/rtf", "application/csv", "application/sql", "application/x-ofx",
			"application/vnd.ms-excel"}, name) // what some browsers call a CSV
}

// isRecognisable: a file that claims one of these types and does not begin like it is something else.
func isRecognisable(name string) bool {
	switch name {
	case "audio/mpeg", "audio/aac": // streams may begin in the middle of a frame
		return false
	case "application/pdf", "application/zip":
		return true
	}
	return strings.HasPrefix(name, "image/") || strings.HasPrefix(name, "video/") || strings.HasPrefix(name, "audio/") || isTextual(name) ||
		strings.HasPrefix(name, "text/") || isOldOffice(name) || strings.HasPrefix(name, "application/vnd.openxmlformats") ||
		strings.HasPrefix(name, "application/vnd.oasis")
}

// named is the type that a file's name says, of those whose bytes look like many others: programs often send them without one.
func named(fileName string) string {
	switch strings.ToLower(path.Ext(fileName)) {
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".pptx":
		return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	case ".doc":
		return "application/msword"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	}
	return ""
}
