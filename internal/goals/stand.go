package goals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"retoma/internal/processes"
)

// stand is what every system is measured on: PostgreSQL and Redis with the durability that counts, and a port for the provider.
type stand struct {
	options         Options
	folder          string
	book            *Book
	postgres, redis *processes.Process
	programs        string
	postgresPort    int
	redisPort       int
	sinkPort        int
	made            int
	notes           []string
	began           time.Time
	talking         sync.Mutex
}

func newStand(ctx context.Context, o Options) (s *stand, err error) {
	s = &stand{options: o, book: NewBook(), began: time.Now()}
	if s.folder, err = os.MkdirTemp(o.Scratch, "goals-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(s.folder, 0o755); err != nil { //nolint:gosec // the user postgres has to pass through it
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, port := range []*int{&s.postgresPort, &s.redisPort, &s.sinkPort} {
		if *port, err = processes.FreePort(); err != nil {
			return s, err
		}
	}
	err = errors.Join(s.writeFlows(), s.serve(ctx))
	return s, err
}

// serve starts the servers. PostgreSQL flushes each commit, as it does unless told otherwise; Redis writes its log every second.
func (s *stand) serve(ctx context.Context) (err error) {
	if s.programs, err = processes.PostgresPrograms(); err != nil {
		return err
	}
	if s.postgres, err = processes.Postgres(ctx, s.folder, s.postgresPort, "synchronous_commit=on", "fsync=on"); err != nil {
		return err
	}
	s.redis = processes.Redis(s.folder, s.redisPort, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
	return s.startServers(ctx)
}

// startServers returns when both answer: PostgreSQL listens before it has recovered.
func (s *stand) startServers(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := errors.Join(s.postgres.Start(), s.redis.Start(),
		processes.Listening(bounded, processes.Local(s.postgresPort)), processes.Listening(bounded, processes.Local(s.redisPort)))
	if err != nil {
		return err
	}
	return until(bounded, time.Minute, func() bool {
		_, err := s.ask(bounded, "postgres", "SELECT 1")
		return err == nil
	})
}

func (s *stand) close() {
	if s.redis != nil {
		s.redis.Kill()
	}
	if s.postgres != nil {
		s.postgres.Quit()
	}
	if !s.options.Keep {
		_ = os.RemoveAll(s.folder)
	}
}

func (s *stand) tell(format string, args ...any) {
	if s.options.Progress == nil {
		return
	}
	s.talking.Lock()
	defer s.talking.Unlock()
	_, _ = fmt.Fprintf(s.options.Progress, "%6.1fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// note is something that the report says beside its tables.
func (s *stand) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.tell("%s", line)
	s.notes = append(s.notes, line)
}

// fresh makes an empty database and empties Redis.
func (s *stand) fresh(ctx context.Context) (address string, err error) {
	s.made++
	name := "measured_" + strconv.Itoa(s.made)
	if _, err := s.ask(ctx, "postgres", "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	if _, err := s.ask(ctx, "postgres", "CHECKPOINT"); err != nil {
		return "", err
	}
	if err := processes.TellRedis(s.redisPort, "FLUSHALL"); err != nil {
		return "", err
	}
	return s.address(name), nil
}

// drop removes the database that fresh made last: tables that are done with must not slow down the next system by being vacuumed.
func (s *stand) drop(ctx context.Context) error {
	_, err := s.ask(ctx, "postgres", "DROP DATABASE IF EXISTS "+s.database()+" WITH (FORCE)")
	return err
}

func (s *stand) database() string { return "measured_" + strconv.Itoa(s.made) }

func (s *stand) address(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", processes.Local(s.postgresPort), database)
}

// ask runs a statement with PostgreSQL's own client and gives what it prints.
func (s *stand) ask(ctx context.Context, database, statement string) (string, error) {
	arguments := []string{"--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1", "--username=postgres",
		"--port=" + strconv.Itoa(s.postgresPort), "--dbname=" + database}
	file := filepath.Join(s.folder, "statement.sql")
	if err := os.WriteFile(file, []byte(statement+"\n;\n"), 0o600); err != nil {
		return "", err
	}
	output, err := exec.CommandContext(ctx, filepath.Join(s.programs, "psql"), append(arguments, "--file="+file)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %.600s", err, output)
	}
	return string(output), nil
}
