package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// fileLock keeps a second process away from the same SQLite file.
type fileLock struct{ file *os.File }

// lockFile takes the lock, which the operating system gives back when the process ends, however it ends.
func lockFile(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(inUse(path), file.Close())
	}
	return &fileLock{file: file}, nil
}

// ErrInUse is the answer of a SQLite file that another process has.
var ErrInUse = errors.New("another retoma process already uses this SQLite database")

func inUse(path string) error {
	return fmt.Errorf("%w (%s is locked): stop it, or give this one its own with RETOMA_DATABASE_URL; several processes on one database need PostgreSQL", ErrInUse, path)
}

func (l *fileLock) release() {
	// Closing gives the lock back; a failure to close at the end has no remedy.
	if err := l.file.Close(); err != nil {
		return
	}
}
