package goals

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"retoma/internal/processes"
)

//go:embed flows/*.json
var flowFiles embed.FS

// adminKey is the key that the first tenant is made with.
const adminKey = "rtm_goals_key_of_the_harness"

// process is a program with a log in the run's folder. Nothing of the machine's own settings reaches it.
func (s *stand) process(name string, settings []string, program string, arguments ...string) *processes.Process {
	return &processes.Process{Name: name, Folder: s.folder, Command: func() *exec.Cmd {
		command := exec.Command(program, arguments...)
		command.Dir, command.Env = s.folder, append(processes.Bare(os.Environ()), settings...)
		return command
	}}
}

// retomaOn is the product on PostgreSQL and Redis, as one process of the role all, or as a gateway and so many workers.
func retomaOn(name string, workers int) system {
	return system{name, func(ctx context.Context, s *stand) (*running, error) {
		address, err := s.fresh(ctx)
		if err != nil {
			return nil, err
		}
		roles := []string{"all"}
		if workers > 0 {
			roles = []string{"gateway"}
			for range workers {
				roles = append(roles, "worker")
			}
		}
		r, err := s.retoma(roles, "RETOMA_DATABASE_URL="+address, "RETOMA_REDIS_URL=redis://"+processes.Local(s.redisPort)+"/0")
		if err != nil {
			return nil, err
		}
		r.services = true
		err = r.found(ctx)
		return r, err
	}}
}

// retomaEmbedded is one process on SQLite and the Redis that it brings along.
func retomaEmbedded() system {
	return system{Embedded, func(ctx context.Context, s *stand) (*running, error) {
		s.made++
		r, err := s.retoma([]string{"all"}, "RETOMA_DATABASE_URL=sqlite://"+filepath.Join(s.folder, "sqlite-"+strconv.Itoa(s.made), "retoma.db"))
		if err != nil {
			return nil, err
		}
		err = r.found(ctx)
		return r, err
	}}
}

// retoma prepares processes of the product for each role, with nothing changed but its settings: no demonstration, and a provider on this machine, which a production would refuse.
func (s *stand) retoma(roles []string, settings ...string) (*running, error) {
	port, err := processes.FreePort()
	if err != nil {
		return nil, err
	}
	r := &running{stand: s, api: processes.NewAPI("http://"+processes.Local(port), adminKey)}
	r.ready = func(ctx context.Context) error {
		return r.api.Insist(ctx, http.MethodGet, "/api/settings", "", nil, nil)
	}
	for i, role := range roles {
		name := "retoma-" + role
		if i > 1 {
			name += "-" + strconv.Itoa(i)
		}
		given := append([]string{"RETOMA_ADDR=" + processes.Local(port), "RETOMA_ROLE=" + role, "RETOMA_DEMO=false",
			"RETOMA_BOOTSTRAP_KEY=" + adminKey, "RETOMA_LOG_LEVEL=warn", "RETOMA_SECRET_KEY=secret of the harness", "RETOMA_JWT_SECRET=jwt of the harness",
			"RETOMA_ALLOW_PRIVATE=127.0.0.1", "RETOMA_TIMEZONE=UTC", "RETOMA_FLOWS=" + filepath.Join(s.folder, "flows"), "RETOMA_MEDIA_URL=file://" + filepath.Join(s.folder, "media")}, settings...)
		r.own = append(r.own, s.process(name, given, s.options.Retoma, "serve"))
	}
	return r, nil
}

// writeFlows puts the flows that answer where --flows finds them.
func (s *stand) writeFlows() error { return os.CopyFS(s.folder, flowFiles) }

// found starts the processes and makes the company's number at the provider.
func (r *running) found(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		r.stop()
		return err
	}
	var made struct {
		Data struct {
			ID         string `json:"id"`
			WebhookURL string `json:"webhookUrl"`
		} `json:"data"`
	}
	err := r.api.Insist(ctx, http.MethodPost, "/api/channels", "", map[string]any{
		"name": "Medido", "provider": "meta", "phone": "+551140040000", "account": account, "perSecond": 0, "pairSeconds": 0,
		"config":  map[string]string{"baseUrl": r.sinkURL(), "wabaId": "102290129340398"},
		"secrets": map[string]string{"accessToken": "EAAG-test-token", "appSecret": secret, "verifyToken": "verify"}, //nolint:gosec // made up for a provider that is played
	}, &made)
	if err != nil {
		r.stop()
		return fmt.Errorf("making a channel: %w", err)
	}
	r.channel = made.Data.ID
	r.url = r.api.Base() + pathOf(made.Data.WebhookURL)
	return nil
}
