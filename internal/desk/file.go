package desk

import (
	"time"

	"retoma/internal/chat"
)

// FileClaim is what the sender of an upload says about it.
type FileClaim struct {
	// Kind is what the file is to be sent as; empty: by its type.
	Kind chat.ContentType
	// MIME is the claimed type; empty or application/octet-stream: whatever it is.
	MIME     string
	FileName string
	// Staged, if set, is asked with the checksum (lower-case hexadecimal) before anything is kept; its error ends the upload.
	Staged func(sum string) error
}

// Blob names a tenant's bytes.
type Blob struct {
	TenantID string
	SHA256   string
}

// Fetched is what an attempt to fetch a customer's file came to.
type Fetched struct {
	// State is FileKept, FileFailed, or FileFetching when it is tried again at DueAt.
	State   chat.FileState
	Problem string
	DueAt   time.Time
	// What is known of a kept file.
	MIME   string
	Size   int64
	SHA256 string
	KeptAt time.Time
}

// LostUpload names a copy of a file of ours at a channel's provider.
type LostUpload struct {
	ChannelID, MediaID string
	// ExternalID is what the provider called it.
	ExternalID string
}

// FileWanted asks for what a channel's provider calls a file of ours.
type FileWanted struct {
	// Ref is the contact that is woken when an upload has ended.
	Ref     Ref
	Channel chat.Channel
	MediaID string
	// Lost is a name by which the provider did not find the file any more; empty for none.
	Lost string
}

// FileHad is a file of ours as its provider has it.
type FileHad struct {
	// Ready tells that the provider has it; else its upload is under way, or waits for its turn.
	Ready bool
	ID    string
	// What the file is, ready or not.
	Kind     chat.ContentType
	MIME     string
	FileName string
}
