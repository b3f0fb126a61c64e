package strain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"retoma/internal/processes"
)

// Options say on what to measure.
type Options struct {
	// Services starts PostgreSQL and Redis, a gateway and two workers; without it one process runs on what is embedded.
	Services bool
	// Binary is retoma's program.
	Binary string
	// Scratch is where files are kept meanwhile.
	Scratch string
	// Progress hears what happens.
	Progress io.Writer
	// Minute is how long there is too much; Many how many sends are due at once.
	Minute time.Duration
	Many   int
}

func (o Options) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(o.Progress, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

// Layout names what was measured.
func (o Options) Layout() string {
	if o.Services {
		return "a gateway and two workers, PostgreSQL, Redis"
	}
	return "one process, SQLite, embedded Redis"
}

// stand is everything that runs.
type stand struct {
	Options
	folder   string
	base     string
	api      *processes.API
	services []*processes.Process
	retoma   []*processes.Process
	provider *provider
}

const adminKey = "rtm_key_of_the_strain_driver"

func newStand(ctx context.Context, o Options) (s *stand, err error) {
	s = &stand{Options: o}
	if s.folder, err = os.MkdirTemp(o.Scratch, "strain-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := os.Chmod(s.folder, 0o755); err != nil { //nolint:gosec // the user postgres has to pass through it
		return nil, err
	}
	if s.provider, err = startProvider(ctx); err != nil {
		return nil, err
	}
	addresses := []string{"RETOMA_DATABASE_URL=sqlite://" + filepath.Join(s.folder, "retoma.db")}
	if o.Services {
		if addresses, err = s.startServices(ctx); err != nil {
			return nil, err
		}
	}
	err = s.startRetoma(ctx, addresses)
	return s, err
}

func (s *stand) startServices(ctx context.Context) ([]string, error) {
	postgresPort, err := processes.FreePort()
	if err != nil {
		return nil, err
	}
	redisPort, err := processes.FreePort()
	if err != nil {
		return nil, err
	}
	postgres, err := processes.Postgres(ctx, s.folder, postgresPort, "fsync=on")
	if err != nil {
		return nil, err
	}
	s.services = []*processes.Process{postgres, processes.Redis(s.folder, redisPort, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec")}
	for _, one := range s.services {
		if err := one.Start(); err != nil {
			return nil, err
		}
	}
	bounded, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return []string{
		"RETOMA_DATABASE_URL=postgres://postgres@" + processes.Local(postgresPort) + "/postgres?sslmode=disable",
		"RETOMA_REDIS_URL=redis://" + processes.Local(redisPort) + "/0",
	}, errors.Join(processes.Listening(bounded, processes.Local(postgresPort)), processes.Listening(bounded, processes.Local(redisPort)))
}

func (s *stand) startRetoma(ctx context.Context, addresses []string) error {
	port, err := processes.FreePort()
	if err != nil {
		return err
	}
	s.base = "http://" + processes.Local(port)
	s.api = processes.NewAPI(s.base, adminKey)
	roles := []string{"all"}
	if s.Services {
		roles = []string{"gateway", "worker", "worker"}
	}
	for i, role := range roles {
		settings := append([]string{
			"RETOMA_ADDR=" + processes.Local(port), "RETOMA_ROLE=" + role, "RETOMA_DEMO=false", "RETOMA_BOOTSTRAP_KEY=" + adminKey, "RETOMA_LOG_LEVEL=warn",
			"RETOMA_SECRET_KEY=secret of the strain", "RETOMA_JWT_SECRET=jwt of the strain", "RETOMA_ALLOW_PRIVATE=127.0.0.1", "RETOMA_TIMEZONE=UTC",
			"RETOMA_MEDIA_URL=file://" + filepath.Join(s.folder, "media"),
		}, addresses...)
		one := &processes.Process{Name: "retoma-" + role + strconv.Itoa(i), Folder: s.folder, Command: func() *exec.Cmd {
			command := exec.Command(s.Binary, "serve")
			command.Dir, command.Env = s.folder, append(processes.Bare(os.Environ()), settings...)
			return command
		}}
		s.retoma = append(s.retoma, one)
		if err := one.Start(); err != nil {
			return err
		}
		if i == 0 { // it makes the tables and the tenant
			bounded, cancel := context.WithTimeout(ctx, time.Minute)
			err := s.api.Insist(bounded, http.MethodGet, "/api/settings", "", nil, nil)
			cancel()
			if err != nil {
				return fmt.Errorf("%w: %s", err, processes.Tail(one.Log(), 2000))
			}
		}
	}
	return nil
}

func (s *stand) close() {
	for _, one := range s.retoma {
		one.Terminate(30 * time.Second)
	}
	for _, one := range s.services {
		one.Quit()
	}
	if s.provider != nil {
		s.provider.close()
	}
	_ = os.RemoveAll(s.folder)
}

// resident is what retoma's processes have in memory together, in MB.
func (s *stand) resident() (megabytes float64) {
	for _, one := range s.retoma {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", one.PID()))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
				kilobytes, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
				megabytes += kilobytes / 1024
			}
		}
	}
	return megabytes
}

// metric is a number of the gateway's /metrics without labels; -1 if it is not there.
func (s *stand) metric(ctx context.Context, name string) float64 {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/metrics", http.NoBody)
	if err != nil {
		return -1
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return -1
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if rest, is := strings.CutPrefix(lines.Text(), name+" "); is {
			if value, err := strconv.ParseFloat(rest, 64); err == nil {
				return value
			}
		}
	}
	return -1
}

// until waits until something has happened, and tells how long that took.
func until(ctx context.Context, limit time.Duration, happened func() bool) (time.Duration, error) {
	began := time.Now()
	for !happened() {
		if time.Since(began) > limit {
			return limit, fmt.Errorf("it did not happen within %s", limit)
		}
		if !pause(ctx, 100*time.Millisecond) {
			return 0, ctx.Err()
		}
	}
	return time.Since(began), nil
}

func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}
