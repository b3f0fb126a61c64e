package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"retoma/internal/archive"
	"retoma/internal/fault"
	"retoma/internal/media"
	"retoma/internal/store"
)

// BackupReport is what a backup came to.
type BackupReport struct {
	File      string
	At        time.Time
	Engine    string
	Migration int64
	Rows      int64
	// Files and FileBytes are the files' bytes that are in it, Missing those that the place for files does not have any more.
	Files     int
	FileBytes int64
	Missing   int
	Bytes     int64
}

// Backup writes everything that is in the database into a file, as of one moment, while processes go on working; with files, the
// bytes of files too. The file gets its name only when it is whole; one of that name must not exist.
func Backup(ctx context.Context, c Config, path string, files bool) (report BackupReport, err error) {
	if _, err := os.Stat(path); err == nil {
		return report, fmt.Errorf("%s exists already: choose another name", path)
	}
	dump, err := store.OpenDump(ctx, c.DatabaseURL, time.Now())
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, dump.Close()) }()
	part := path + ".part"
	to, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return report, err
	}
	b := backup{config: c, dump: dump, report: BackupReport{File: path}}
	err = b.write(ctx, to, files)
	if err == nil {
		err = to.Sync()
	}
	if info, statErr := to.Stat(); statErr == nil {
		b.report.Bytes = info.Size()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return b.report, errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return b.report, err
	}
	return b.report, syncFolder(filepath.Dir(path))
}

// backup is one on its way.
type backup struct {
	config Config
	dump   *store.Dump
	report BackupReport
}

func (b *backup) write(ctx context.Context, to io.Writer, files bool) error {
	manifest, err := b.dump.Manifest(ctx)
	if err != nil {
		return err
	}
	b.report.At, b.report.Engine, b.report.Migration = manifest.At, manifest.Engine, manifest.Migration
	w, err := archive.NewWriter(to, manifest)
	if err != nil {
		return err
	}
	for _, table := range manifest.Tables {
		rows := w.Table(table.Name)
		if err := b.dump.Copy(ctx, table, rows); err != nil {
			return err
		}
		count, err := rows.Close()
		if err != nil {
			return err
		}
		b.report.Rows += count
	}
	if files {
		if err := b.files(ctx, w); err != nil {
			return err
		}
	}
	summary, err := w.Close()
	b.report.Files, b.report.FileBytes = summary.Files, summary.FileBytes
	return err
}

// files saves the bytes that the rows tell of. They are read after the rows: what was deleted in between is missing, and said.
func (b *backup) files(ctx context.Context, w *archive.Writer) error {
	blobs, err := media.Open(b.config.MediaURL, b.config.dataFolder())
	if err != nil {
		return err
	}
	return b.dump.Blobs(ctx, func(tenantID, sum string, size int64) error {
		content, err := blobs.Read(ctx, tenantID, sum, 0)
		if fault.Is(err, fault.NotFound) {
			b.report.Missing++
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(w.File(tenantID, sum, size, content), content.Close())
	})
}

func syncFolder(path string) error {
	opened, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
