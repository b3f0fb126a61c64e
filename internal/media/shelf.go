package media

import (
	"context"
	"io"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// ShelfStore is what the shelf asks of SQL.
type ShelfStore interface {
	// UseBlob says that bytes are about to be written or referred to: from now on they are not swept for a while.
	UseBlob(ctx context.Context, tenantID, sum string, size int64) error
	// KeepFile writes an upload down, or finds the one of the same tenant with the same bytes and kind.
	KeepFile(ctx context.Context, file chat.File) (chat.File, error)
	// UnusedBlobs takes blobs that no file refers to and that were not used since a time; they are the caller's to remove.
	UnusedBlobs(ctx context.Context, before time.Time, limit int) ([]desk.Blob, error)
	// BlobGone forgets a blob whose bytes were removed.
	BlobGone(ctx context.Context, blob desk.Blob) error
}

// Shelf is where tenants put files and take them from.
type Shelf struct {
	Store ShelfStore
	Blobs *Blobs
	Now   func() time.Time
}

// Take reads a file, checks that it is what it claims to be and may be sent, and keeps it. The same bytes again are the
// same file.
//
// fault.Invalid names what is wrong with type or kind ("file", "kind"); fault.TooLarge says which limit was passed.
func (s *Shelf) Take(ctx context.Context, tenantID string, body io.Reader, claim desk.FileClaim) (chat.File, error) {
	file := chat.File{ID: chat.NewID(), TenantID: tenantID, State: chat.FileKept, FileName: cleanName(claim.FileName), CreatedAt: s.Now(), KeptAt: s.Now()}
	staged, err := s.Blobs.Stage(body, func(head []byte) (limit int64, err error) {
		file.MIME, file.Kind, limit, err = judge(claim, head)
		return limit, err
	})
	if fault.Is(err, fault.TooLarge) {
		return file, tooLarge(file, claim, err)
	}
	if err != nil {
		return file, err
	}
	defer staged.Discard()
	file.Size, file.SHA256 = staged.Size, staged.SHA256
	if claim.Staged != nil {
		if err := claim.Staged(file.SHA256); err != nil {
			return file, err
		}
	}
	if err := s.keep(ctx, tenantID, staged); err != nil {
		return file, err
	}
	return s.Store.KeepFile(ctx, file)
}

// keep puts staged bytes where they stay. They are written down before they are written, so that a crash in between leaves
// nothing that the sweep does not find.
func (s *Shelf) keep(ctx context.Context, tenantID string, staged *Staged) error {
	if err := s.Store.UseBlob(ctx, tenantID, staged.SHA256, staged.Size); err != nil {
		return err
	}
	return s.Blobs.Keep(ctx, tenantID, staged)
}

// judge says what a file is, what it is sent as and how large it may be.
func judge(claim desk.FileClaim, head []byte) (name string, kind chat.ContentType, limit int64, err error) {
	if len(head) == 0 {
		return "", "", 0, fault.Field("file", "o arquivo está vazio")
	}
	name, agree := settle(claim.MIME, head)
	if said := named(claim.FileName); said != "" && (name == "application/zip" || name == typeOLE) && mayBe(name, said) {
		name = said
	}
	if !agree {
		return "", "", 0, disagreement(claim.MIME, name)
	}
	if kind, err = kindFor(name, claim.Kind); err != nil {
		return "", "", 0, err
	}
	return name, kind, limitOf(kind, head), nil
}

// disagreement says why a claimed type is not believed; seen is what the bytes are.
func disagreement(claimed, seen string) error {
	switch {
	case canonical(claimed) == typeSVG:
		return fault.Field("file", "o WhatsApp não aceita SVG: converta a imagem para PNG ou JPEG")
	case seen == typeBytes:
		return fault.Field("file", "o tipo informado é %s, mas o conteúdo não começa como um arquivo desse tipo", claimed)
	}
	return fault.Field("file", "o tipo informado é %s, mas o conteúdo é %s", claimed, seen)
}

func tooLarge(file chat.File, claim desk.FileClaim, err error) error {
	failure := *fault.Of(err)
	failure.Field = "file"
	failure.Message += ", que é o de " + string(file.Kind)
	if claim.Kind == "" && file.Kind != chat.Document {
		failure.Message += "; para enviá-lo como documento, informe kind=document"
	}
	return &failure
}

// Read begins to read a kept file at an offset; the context must last as long as the reading.
func (s *Shelf) Read(ctx context.Context, file chat.File, offset int64) (io.ReadCloser, error) {
	return s.Blobs.Read(ctx, file.TenantID, file.SHA256, offset)
}

// maxName is the longest file name, in bytes, as most file systems have it.
const maxName = 240

// cleanName leaves of a name what may stand in a header and on a phone: no folders, no control characters.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if cut := strings.LastIndexAny(name, `/\`); cut >= 0 {
		name = name[cut+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u202e' { // the last one turns "gpj.exe" around
			return -1
		}
		return r
	}, name))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}
