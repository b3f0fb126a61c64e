package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"retoma/internal/provider/sandbox"
)

// snapshots keeps the simulated WhatsApp's phones over restarts, in a file of the data folder.
type snapshots struct {
	server *sandbox.Server
	path   string
	log    *slog.Logger
	done   chan struct{}
	ended  sync.WaitGroup
}

// snapshotEvery is how much of the phones' history a kill may cost, as long as writing it takes no more than a twentieth of
// that time; a long history is written less often.
const (
	snapshotEvery = 200 * time.Millisecond
	snapshotPart  = 20
)

func keepSnapshots(server *sandbox.Server, folder string, log *slog.Logger) (*snapshots, error) {
	s := &snapshots{server: server, path: filepath.Join(folder, "sandbox.json"), log: log, done: make(chan struct{})}
	raw, err := os.ReadFile(s.path)
	switch {
	case err == nil:
		if err := server.Restore(raw); err != nil {
			log.Warn("the simulated WhatsApp's history could not be read; it starts empty", "error", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	s.ended.Add(1)
	go s.loop()
	return s, nil
}

func (s *snapshots) loop() {
	defer s.ended.Done()
	timer := time.NewTimer(snapshotEvery)
	defer timer.Stop()
	var last sandbox.WebhookCounts
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
			timer.Reset(max(snapshotEvery, snapshotPart*s.keep(&last)))
		}
	}
}

// keep writes the history if something happened since the last time, and tells how long that took.
func (s *snapshots) keep(last *sandbox.WebhookCounts) time.Duration {
	counts := s.server.WebhookCounts()
	if counts == *last {
		return 0
	}
	*last = counts
	began := time.Now()
	if err := s.write(); err != nil {
		s.log.Warn("the simulated WhatsApp's history could not be written", "error", err)
	}
	return time.Since(began)
}

// write replaces the file whole, so that a kill in the middle leaves the one before. It holds credentials of the simulation.
func (s *snapshots) write() error {
	raw, err := s.server.Snapshot()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(s.path+".new", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(s.path+".new", s.path)
}

func (s *snapshots) stop() error {
	close(s.done)
	s.ended.Wait()
	return s.write()
}
