package archive_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/archive"
)

var saved = archive.Manifest{
	Migration: 15, Engine: "sqlite", At: time.Date(2026, 7, 10, 12, 0, 0, 0, time.UTC), Sequences: map[string]int64{"announcements": 7},
	Tables: []archive.Table{
		{Name: "contacts", Columns: []archive.Column{{Name: "id", Kind: archive.Text}, {Name: "number", Kind: archive.Integer}}},
		{Name: "empty", Columns: []archive.Column{{Name: "id", Kind: archive.Text}}},
	},
}

// rows are more than one entry holds.
var rows = strings.Repeat(strings.Repeat("x", 1000)+"\t1\n", 9000)

func written(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, saved)
	require.NoError(t, err)
	contacts := w.Table("contacts")
	for part := rows; part != ""; part = part[min(len(part), 7777):] {
		_, err := contacts.Write([]byte(part[:min(len(part), 7777)]))
		require.NoError(t, err)
	}
	count, err := contacts.Close()
	require.NoError(t, err)
	require.EqualValues(t, 9000, count)
	count, err = w.Table("empty").Close()
	require.NoError(t, err)
	require.Zero(t, count)
	require.NoError(t, w.File("tenant", "sum", 5, strings.NewReader("bytes")))
	_, err = w.Close()
	require.NoError(t, err)
	return file.Bytes()
}

func TestAnArchiveGivesBackWhatWasWritten(t *testing.T) {
	r, err := archive.NewReader(bytes.NewReader(written(t)))
	require.NoError(t, err)
	wanted := saved
	wanted.Format = archive.Format
	require.Equal(t, wanted, r.Manifest())
	var read, file string
	summary, err := r.Walk(archive.Visitor{
		Table: func(table archive.Table, from io.Reader) error {
			require.Equal(t, saved.Tables[0], table, "a table without rows has none to give")
			raw, err := io.ReadAll(from)
			read = string(raw)
			return err
		},
		File: func(tenantID, sum string, size int64, content io.Reader) error {
			raw, err := io.ReadAll(content)
			file = tenantID + " " + sum + " " + string(raw)
			require.EqualValues(t, 5, size)
			return err
		},
	})
	require.NoError(t, err)
	require.Equal(t, rows, read)
	require.Equal(t, "tenant sum bytes", file)
	require.EqualValues(t, 9000, summary.Tables[0].Rows)
	require.EqualValues(t, 0, summary.Tables[1].Rows)
}

func TestAVisitorNeedNotReadToTheEnd(t *testing.T) {
	r, err := archive.NewReader(bytes.NewReader(written(t)))
	require.NoError(t, err)
	_, err = r.Walk(archive.Visitor{Table: func(archive.Table, io.Reader) error { return nil }})
	require.NoError(t, err)
}

func TestADamagedArchiveIsNeverTakenForWhole(t *testing.T) {
	whole := written(t)
	walk := func(raw []byte) error {
		r, err := archive.NewReader(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		_, err = r.Walk(archive.Visitor{})
		return err
	}
	require.NoError(t, walk(whole))
	for _, kept := range []int{0, 10, 100, len(whole) / 2, len(whole) - 200, len(whole) - 30} {
		require.ErrorIs(t, walk(whole[:kept]), archive.ErrDamaged, "cut after %d of %d bytes", kept, len(whole))
	}
	for _, at := range []int{len(whole) / 3, len(whole) / 2} {
		other := bytes.Clone(whole)
		other[at] ^= 0x40
		require.ErrorIs(t, walk(other), archive.ErrDamaged, "another byte at %d", at)
	}
	require.ErrorIs(t, walk([]byte("no archive at all")), archive.ErrDamaged)
}

func TestANewerFormIsRefused(t *testing.T) {
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, saved)
	require.NoError(t, err)
	_, err = w.Close()
	require.NoError(t, err)
	_, err = archive.NewReader(bytes.NewReader(replaced(t, file.Bytes(), `"format": 1`, `"format": 9`)))
	require.ErrorContains(t, err, "form 9")
}

func FuzzReadingAnArchiveNeverPanics(f *testing.F) {
	f.Add([]byte{})
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, saved)
	require.NoError(f, err)
	_, err = w.Close()
	require.NoError(f, err)
	f.Add(file.Bytes())
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if r, err := archive.NewReader(bytes.NewReader(raw)); err == nil {
			if _, err := r.Walk(archive.Visitor{}); err != nil {
				return
			}
		}
	})
}
