package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"retoma/internal/fault"
)

// folder keeps blobs as files. A file gets its name only when all of it is on the disk, so whatever dies leaves no half one.
type folder struct{ root string }

func (f folder) path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

func (f folder) keep(_ context.Context, key string, staged *Staged) error {
	path := f.path(key)
	if known, err := os.Stat(path); err == nil && known.Size() == staged.Size {
		return nil
	}
	if err := staged.file.Sync(); err != nil {
		return err
	}
	if err := f.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Rename(staged.file.Name(), path); err != nil {
		return err
	}
	staged.moved = true
	return syncFolder(filepath.Dir(path))
}

// makeFolder makes a folder and those above it, each of them durable.
func (f folder) makeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if path != f.root {
		if err := f.makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	opened, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

func (f folder) read(_ context.Context, key string, offset int64) (io.ReadCloser, error) {
	file, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "o arquivo não está mais no armazenamento")
	}
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (f folder) remove(_ context.Context, key string) error {
	err := os.Remove(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// check writes and removes a small file.
func (f folder) check(context.Context) error {
	file, err := os.CreateTemp(filepath.Join(f.root, "staging"), stagingPattern)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
