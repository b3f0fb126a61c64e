package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"retoma/internal/archive"
	"retoma/internal/media"
	"retoma/internal/store"
)

// RestoreReport is what a restore came to.
type RestoreReport struct {
	// At is the moment that the archive shows.
	At   time.Time
	Rows int64
	// Files are those whose bytes were put back.
	Files int
	// Held tells how much waits for review.
	Held store.HeldCounts
}

// Restore puts an archive into the database, which must be empty unless replace is set, and which no process may use. All of the
// archive is checked before anything is touched; the database changes in one step at the end, or not at all. What was due between
// the archive's moment and now is held for review.
func Restore(ctx context.Context, c Config, path string, replace bool) (report RestoreReport, err error) {
	if c, err = c.withSecrets(); err != nil {
		return report, err
	}
	if err := readArchive(path, func(r *archive.Reader) error {
		_, err := r.Walk(archive.Visitor{})
		return err
	}); err != nil {
		return report, err
	}
	err = readArchive(path, func(r *archive.Reader) error {
		report, err = restoreFrom(ctx, c, r, replace)
		return err
	})
	if errors.Is(err, store.ErrNotEmpty) {
		return report, fmt.Errorf("%w: what is in it would be lost. Save it with retoma backup, then say --replace --yes", err)
	}
	return report, err
}

func readArchive(path string, do func(r *archive.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	r, err := archive.NewReader(file)
	if err == nil {
		err = do(r)
	}
	return errors.Join(err, file.Close())
}

func restoreFrom(ctx context.Context, c Config, r *archive.Reader, replace bool) (report RestoreReport, err error) {
	manifest := r.Manifest()
	report.At = manifest.At
	now := time.Now()
	options := store.RestoreOptions{Options: store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, Connections: c.Connections}, Replace: replace}
	filling, err := store.BeginRestore(ctx, options, manifest)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, filling.Leave()) }()
	var blobs *media.Blobs
	summary, err := r.Walk(archive.Visitor{
		Table: func(table archive.Table, rows io.Reader) error { return filling.Load(ctx, table, rows) },
		File: func(tenantID, sum string, _ int64, content io.Reader) error {
			if blobs == nil {
				if blobs, err = media.Open(c.MediaURL, c.dataFolder()); err != nil {
					return err
				}
			}
			return keepFile(ctx, blobs, tenantID, sum, content)
		},
	})
	if err != nil {
		return report, err
	}
	for _, table := range summary.Tables {
		report.Rows += table.Rows
	}
	report.Files = summary.Files
	report.Held, err = filling.Publish(ctx, manifest, now)
	return report, err
}

// keepFile puts bytes back under their checksum. Files that are there already stay; more files than rows do no harm.
func keepFile(ctx context.Context, blobs *media.Blobs, tenantID, sum string, content io.Reader) error {
	staged, err := blobs.Stage(content, func([]byte) (int64, error) { return math.MaxInt64 - 1, nil })
	if err != nil {
		return err
	}
	defer staged.Discard()
	if staged.SHA256 != sum {
		return fmt.Errorf("%w: the bytes of the file %s are others", archive.ErrDamaged, sum)
	}
	return blobs.Keep(ctx, tenantID, staged)
}

// ReleaseHeld lets everything go that a restore holds for review, of every tenant. It works beside running processes on PostgreSQL.
func ReleaseHeld(ctx context.Context, c Config) (released int, err error) {
	if c, err = c.withSecrets(); err != nil {
		return 0, err
	}
	s, err := store.Open(ctx, store.Options{Address: c.DatabaseURL, SecretKey: c.SecretKey, Connections: c.Connections})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	released, _, err = s.ReleaseReviewed(ctx, "", nil)
	return released, err
}
