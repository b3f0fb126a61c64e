package chat

import "time"

// FileState tells whether the bytes of a file are with us.
type FileState string

// The states of a file. One that a tenant uploads is kept from the start; a customer's is fetched from the provider first.
const (
	FileFetching FileState = "fetching"
	FileKept     FileState = "kept"
	FileFailed   FileState = "failed"
	FileDeleted  FileState = "deleted" // only shown: no file has it
)

// File is something that a tenant keeps: an upload of its own, or what a customer sent. Its bytes are in the blob store,
// under the tenant and the checksum, so that equal files are kept once.
type File struct {
	ID       string
	TenantID string
	// ChannelID and MessageID say where a customer's file came from; both are empty for uploads.
	ChannelID string
	MessageID string
	// Kind is what it is sent as unless a message says otherwise: Image, Video, Audio, Document or Sticker.
	Kind  ContentType
	State FileState
	MIME  string
	// Size is in bytes and SHA256 in lower-case hexadecimal; both are only known of a kept file.
	Size     int64
	SHA256   string
	FileName string
	// Source is where a customer's file is to be fetched from, as its message named it.
	Source Media
	// Problem says in Portuguese why the last attempt to fetch it failed.
	Problem string
	// Attempts counts every attempt to fetch it and tells them apart; Tries those since somebody last asked.
	Attempts, Tries int
	DueAt           time.Time
	CreatedAt       time.Time
	KeptAt          time.Time
}

// Inbound tells whether a customer sent the file.
func (f File) Inbound() bool { return f.MessageID != "" }

// CarriesFile tells whether a content is a file, perhaps with a caption.
func (c Content) CarriesFile() bool {
	switch c.Type {
	case Image, Video, Audio, Document, Sticker:
		return true
	}
	return false
}

// OwnFiles are the attachments of a message, its template and what it has to tap that are files of ours. Where an author or
// a caller names an attachment by an id, one in the form of our ids is ours; every other is the provider's, as it stands.
func (c Content) OwnFiles() []*Media {
	var own []*Media
	for _, file := range c.Files() {
		if file.MediaID == "" && IsID(file.ID) {
			file.MediaID, file.ID = file.ID, ""
		}
		if file.MediaID != "" {
			own = append(own, file)
		}
	}
	return own
}
