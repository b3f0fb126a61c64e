package sandbox

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// Media is a file in a message.
type Media struct {
	// Link is where the file can be fetched.
	Link     string `json:"link"`
	Caption  string `json:"caption,omitempty"`
	FileName string `json:"fileName,omitempty"`
	// ID and MimeType are filled for files that customers send.
	ID       string `json:"id,omitempty"`
	MimeType string `json:"mimeType,omitempty"`
	// Size is in bytes; 0 where the sandbox never saw the file.
	Size int `json:"size,omitempty"`
}

type mediaObject struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Caption  string `json:"caption"`
	FileName string `json:"filename"`
	Voice    bool   `json:"voice"`
}

// isMedia tells whether a message of this kind carries a file.
func isMedia(kind string) bool {
	switch kind {
	case "image", "document", "audio", "video", "sticker":
		return true
	}
	return false
}

func (o *outgoing) decodeMedia(raw json.RawMessage) *graphError {
	var object mediaObject
	if refused := decodeObject(o.kind, raw, &object); refused != nil {
		return refused
	}
	if object.Caption != "" && (o.kind == "audio" || o.kind == "sticker") {
		return refuse(100, "Unexpected key \"caption\" on param %q.", o.kind)
	}
	if object.FileName != "" && o.kind != "document" {
		return refuse(100, "Unexpected key \"filename\" on param %q.", o.kind)
	}
	if utf8.RuneCountInString(object.Caption) > 1024 {
		return refuse(100, "Param %s['caption'] must be at most 1024 characters long.", o.kind)
	}
	media, refused := object.media(o.kind)
	if refused != nil {
		return refused
	}
	o.media, o.text = media, object.Caption
	return nil
}

func (m mediaObject) media(kind string) (*Media, *graphError) {
	switch {
	case m.ID != "" && m.Link != "":
		return nil, refuse(100, "Param %s must have either 'id' or 'link', not both.", kind)
	case m.ID != "":
		return &Media{ID: m.ID, Caption: m.Caption, FileName: m.FileName}, nil
	case m.Link == "":
		return nil, refuse(100, "The parameter %s['link'] or %s['id'] is required.", kind, kind)
	case !absoluteLink(m.Link):
		return nil, refuse(100, "Param %s['link'] is not a valid URL.", kind)
	}
	if refused := checkLink(kind, m.Link); refused != nil {
		return nil, refused
	}
	return &Media{Link: m.Link, Caption: m.Caption, FileName: m.FileName}, nil
}

// resolveMedia fills a file that is sent by id from what was uploaded. The caller holds the lock.
func (s *Server) resolveMedia(b *Business, kind string, media *Media) *graphError {
	if media == nil || media.ID == "" {
		return nil
	}
	file := s.files.find(media.ID, s.now())
	if file == nil || !s.sameAccount(b, file) {
		return refuse(100, "Param %s['id'] is not a valid whatsapp business account media attachment ID", kind)
	}
	if refused := checkFile(kind, file.media.MimeType, len(file.data)); refused != nil {
		return refused
	}
	media.MimeType, media.Size, media.Link = file.media.MimeType, len(file.data), file.media.Link
	media.FileName = orText(media.FileName, file.media.FileName)
	return nil
}

func (s *Server) sameAccount(b *Business, file *ownedFile) bool {
	owner := s.registry.businesses[file.phoneNumberID]
	return owner != nil && owner.WabaID == b.WabaID
}

func absoluteLink(link string) bool {
	parsed, err := url.Parse(link)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
}

// mimeType guesses what a link holds from its ending and what the customer called it.
func mimeType(kind, link string) string {
	extension := ""
	if parsed, err := url.Parse(link); err == nil {
		extension = strings.ToLower(path.Ext(parsed.Path))
	}
	switch kind + extension {
	case "image.png":
		return "image/png"
	case "audio.mp3":
		return "audio/mpeg"
	case "document.pdf":
		return "application/pdf"
	case "document.csv":
		return "text/csv"
	case "document.txt":
		return "text/plain"
	}
	switch kind {
	case "image":
		return "image/jpeg"
	case "audio":
		return "audio/ogg; codecs=opus"
	case "video":
		return "video/mp4"
	case "sticker":
		return "image/webp"
	}
	return "application/octet-stream"
}
