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
	"time"
)

// Writer writes an archive: the manifest, then tables, then files, then the summary.
type Writer struct {
	zipped  *gzip.Writer
	entries *tar.Writer
	at      time.Time
	summary Summary
}

// NewWriter begins an archive with its manifest.
func NewWriter(to io.Writer, m Manifest) (*Writer, error) {
	m.Format = Format
	zipped, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	w := &Writer{zipped: zipped, entries: tar.NewWriter(zipped), at: m.At}
	if err := w.json(manifestName, m); err != nil {
		return nil, err
	}
	return w, nil
}

// Table begins the rows of a table, in the form of rows.go. It must be closed before anything else is written.
func (w *Writer) Table(name string) *TableWriter {
	return &TableWriter{archive: w, name: name, sum: sha256.New()}
}

// File writes the bytes of a file of a tenant: exactly size of them.
func (w *Writer) File(tenantID, sha256 string, size int64, from io.Reader) error {
	if err := w.entries.WriteHeader(w.header(filesFolder+tenantID+"/"+sha256, size)); err != nil {
		return err
	}
	written, err := io.Copy(w.entries, from)
	if err == nil && written != size {
		err = fmt.Errorf("a file has %d bytes where the database says %d", written, size)
	}
	w.summary.Files++
	w.summary.FileBytes += written
	return err
}

// Close writes the summary and ends the archive; what is below stays open.
func (w *Writer) Close() (Summary, error) {
	err := w.json(summaryName, w.summary)
	return w.summary, errors.Join(err, w.entries.Close(), w.zipped.Close())
}

func (w *Writer) json(name string, value any) error {
	raw, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return w.entry(name, raw)
}

func (w *Writer) entry(name string, content []byte) error {
	if err := w.entries.WriteHeader(w.header(name, int64(len(content)))); err != nil {
		return err
	}
	_, err := w.entries.Write(content)
	return err
}

func (w *Writer) header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at.Truncate(time.Second)}
}

// TableWriter takes the rows of one table.
type TableWriter struct {
	archive *Writer
	name    string
	kept    bytes.Buffer
	entries int
	rows    int64
	sum     hash.Hash
}

// Write takes a part of the rows, cut anywhere.
func (t *TableWriter) Write(part []byte) (int, error) {
	t.kept.Write(part)
	t.sum.Write(part)
	t.rows += int64(bytes.Count(part, []byte{'\n'}))
	for t.kept.Len() >= chunk {
		if err := t.flush(t.kept.Next(chunk)); err != nil {
			return 0, err
		}
	}
	return len(part), nil
}

// Close ends the table and tells how many rows it has. A table without rows leaves no entry.
func (t *TableWriter) Close() (rows int64, err error) {
	if t.kept.Len() > 0 {
		err = t.flush(t.kept.Bytes())
	}
	t.archive.summary.Tables = append(t.archive.summary.Tables, TableSum{Name: t.name, Rows: t.rows, SHA256: hex.EncodeToString(t.sum.Sum(nil))})
	return t.rows, err
}

func (t *TableWriter) flush(part []byte) error {
	t.entries++
	return t.archive.entry(fmt.Sprintf("%s%s/%06d", tablesFolder, t.name, t.entries), part)
}
