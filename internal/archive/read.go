package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// ErrDamaged is what every error about an archive's content is.
var ErrDamaged = errors.New("the archive is damaged")

// smallest bounds what manifest and summary may hold.
const smallest = 8 << 20

// Reader reads an archive from its beginning.
type Reader struct {
	manifest Manifest
	entries  *tar.Reader
	next     *tar.Header
	summary  Summary
}

// Visitor takes what is in an archive. Each reader is only good until the call returns, and need not be read to its end.
type Visitor struct {
	// Table is called once for each table of the manifest that has rows.
	Table func(table Table, rows io.Reader) error
	// File is called for each file, if it is set.
	File func(tenantID, sha256 string, size int64, content io.Reader) error
}

// NewReader begins to read and gives the manifest. A newer form than Format is refused.
func NewReader(from io.Reader) (*Reader, error) {
	unzipped, err := gzip.NewReader(from)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no backup of retoma: %w", ErrDamaged, err)
	}
	r := &Reader{entries: tar.NewReader(unzipped)}
	if err := r.advance(); err != nil {
		return nil, err
	}
	if r.next == nil || r.next.Name != manifestName {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrDamaged, manifestName)
	}
	if err := r.json(&r.manifest); err != nil {
		return nil, err
	}
	if r.manifest.Format > Format || r.manifest.Format < 1 {
		return nil, fmt.Errorf("the archive has form %d, and this version of retoma reads form %d: use the version that wrote it, or a newer one", r.manifest.Format, Format)
	}
	if err := r.advance(); err != nil {
		return nil, err
	}
	return r, nil
}

// Manifest says what the archive is.
func (r *Reader) Manifest() Manifest { return r.manifest }

// Walk visits everything once and compares it with the summary. What was visited before an error is to be thrown away.
func (r *Reader) Walk(visit Visitor) (Summary, error) {
	found := Summary{}
	for r.next != nil && r.next.Name != summaryName {
		var err error
		switch {
		case strings.HasPrefix(r.next.Name, tablesFolder):
			err = r.table(visit, &found)
		case strings.HasPrefix(r.next.Name, filesFolder):
			err = r.file(visit, &found)
		default:
			err = fmt.Errorf("%w: nobody knows the entry %q", ErrDamaged, r.next.Name)
		}
		if err != nil {
			return found, err
		}
	}
	if r.next == nil {
		return found, fmt.Errorf("%w: its end is missing", ErrDamaged)
	}
	if err := r.json(&r.summary); err != nil {
		return found, err
	}
	return r.summary, r.compare(found)
}

func (r *Reader) compare(found Summary) error {
	if found.Files != r.summary.Files || found.FileBytes != r.summary.FileBytes {
		return fmt.Errorf("%w: %d files with %d bytes, where the summary says %d with %d", ErrDamaged, found.Files, found.FileBytes, r.summary.Files, r.summary.FileBytes)
	}
	for _, wanted := range r.summary.Tables {
		at := slices.IndexFunc(found.Tables, func(one TableSum) bool { return one.Name == wanted.Name })
		if at < 0 && wanted.Rows == 0 {
			continue
		}
		if at < 0 || found.Tables[at] != wanted {
			return fmt.Errorf("%w: the rows of %s are not those that were saved", ErrDamaged, wanted.Name)
		}
	}
	return nil
}

// table hands the entries of one table over as one.
func (r *Reader) table(visit Visitor, found *Summary) error {
	name := tableOf(r.next.Name)
	at := slices.IndexFunc(r.manifest.Tables, func(one Table) bool { return one.Name == name })
	if at < 0 || slices.ContainsFunc(found.Tables, func(one TableSum) bool { return one.Name == name }) {
		return fmt.Errorf("%w: the rows of %q are not expected here", ErrDamaged, name)
	}
	rows := &tableReader{archive: r, name: name, sum: sha256.New()}
	if visit.Table != nil {
		if err := visit.Table(r.manifest.Tables[at], rows); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, rows); err != nil {
		return err
	}
	found.Tables = append(found.Tables, TableSum{Name: name, Rows: rows.rows, SHA256: hex.EncodeToString(rows.sum.Sum(nil))})
	return nil
}

func tableOf(entry string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(entry, tablesFolder), "/")
	return name
}

func (r *Reader) file(visit Visitor, found *Summary) error {
	tenantID, sum, _ := strings.Cut(strings.TrimPrefix(r.next.Name, filesFolder), "/")
	found.Files++
	found.FileBytes += r.next.Size
	if visit.File != nil {
		if err := visit.File(tenantID, sum, r.next.Size, r.entries); err != nil {
			return err
		}
	}
	return r.advance()
}

func (r *Reader) advance() error {
	next, err := r.entries.Next()
	if errors.Is(err, io.EOF) {
		r.next = nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r.next = next
	return nil
}

func (r *Reader) json(into any) error {
	raw, err := io.ReadAll(io.LimitReader(r.entries, smallest))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fmt.Errorf("%w: %s cannot be read: %w", ErrDamaged, r.next.Name, err)
	}
	return nil
}

// tableReader reads through the entries of one table.
type tableReader struct {
	archive *Reader
	name    string
	sum     hash.Hash
	rows    int64
	over    bool
}

func (t *tableReader) Read(into []byte) (int, error) {
	for !t.over {
		count, err := t.archive.entries.Read(into)
		t.sum.Write(into[:count])
		t.rows += int64(bytes.Count(into[:count], []byte{'\n'}))
		if err != nil && !errors.Is(err, io.EOF) {
			return count, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if err != nil {
			if err := t.nextEntry(); err != nil {
				return count, err
			}
		}
		if count > 0 {
			return count, nil
		}
	}
	return 0, io.EOF
}

func (t *tableReader) nextEntry() error {
	if err := t.archive.advance(); err != nil {
		return err
	}
	next := t.archive.next
	t.over = next == nil || !strings.HasPrefix(next.Name, tablesFolder) || tableOf(next.Name) != t.name
	return nil
}
