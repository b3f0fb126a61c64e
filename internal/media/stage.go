package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"retoma/internal/fault"
)

// Staged is a file on its way in: its bytes are on disk, and nobody else sees them yet.
type Staged struct {
	SHA256 string // lower-case hexadecimal
	Size   int64  // bytes
	// Head is its beginning, for telling what it is.
	Head []byte

	file *os.File
	// moved tells that the staged file itself became the blob.
	moved bool
}

// headSize is how much of a file is looked at to tell what it is.
const headSize = 4 << 10

const stagingPattern = "part-*"

// Stage reads a file to its end and onto the disk. limitOf is asked with the file's beginning how large it may be, in
// bytes; it may refuse. A file that goes on beyond that is fault.TooLarge, and nothing of it stays.
func (b *Blobs) Stage(body io.Reader, limitOf func(head []byte) (int64, error)) (*Staged, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	limit, err := limitOf(head)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(b.staging, stagingPattern)
	if err != nil {
		return nil, unkept(err)
	}
	staged := &Staged{Head: head, file: file}
	if err := staged.fill(io.MultiReader(bytes.NewReader(head), body), limit); err != nil {
		staged.Discard()
		return nil, err
	}
	return staged, nil
}

func (s *Staged) fill(body io.Reader, limit int64) error {
	sum := sha256.New()
	to := &diskWriter{to: s.file}
	size, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(body, limit+1))
	switch {
	case to.failed != nil:
		return unkept(to.failed)
	case err != nil:
		return err
	case size > limit:
		return fault.New(fault.TooLarge, "o arquivo passa do limite de %s", inWords(limit))
	}
	s.Size, s.SHA256 = size, hex.EncodeToString(sum.Sum(nil))
	return nil
}

// diskWriter tells the disk's errors from the sender's.
type diskWriter struct {
	to     io.Writer
	failed error
}

func (w *diskWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil {
		w.failed = err
	}
	return n, err
}

// Discard lets go of the staged file; what was kept stays.
func (s *Staged) Discard() {
	_ = s.file.Close() // it was synced before it was kept; otherwise it is thrown away
	if !s.moved {
		_ = os.Remove(s.file.Name()) // what cannot be removed now is swept later
	}
}

// stagingAge is how old a staged file is that nobody works on any more.
const stagingAge = 6 * time.Hour

// SweepStaging removes what a killed process left half done, and tells how many files that were.
func (b *Blobs) SweepStaging(now time.Time) (int, error) {
	entries, err := os.ReadDir(b.staging)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody was quicker
		}
		if err != nil {
			return removed, err
		}
		if !strings.HasPrefix(entry.Name(), "part-") || now.Sub(info.ModTime()) < stagingAge {
			continue
		}
		if err := os.Remove(filepath.Join(b.staging, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
