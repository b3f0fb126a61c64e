package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"retoma/internal/ai/scripted"
	"retoma/internal/processes"
	"retoma/internal/provider/sandbox"
)

// World is everything that runs: the provider and the model inside of this process, the rest as processes of their own.
type World struct {
	options   Options
	folder    string
	wire      *Wire
	whatsapp  *sandbox.Server
	server    *http.Server
	model     *scripted.Server
	processes map[string]*processes.Process
	lines     map[string]*Proxy
	api       *processes.API
	redisPort int
	clock     clockLog
	// configured are the documents whose steps wait for half an hour unless somebody hastens them.
	configured map[string]bool
	console    console
	// parked are follow-ups that are due long after the run.
	parked map[string]bool
}

// adminKey is the key that the first tenant is made with.
const adminKey = "rtm_chaos_key_of_the_driver"

// newWorld builds and starts everything.
func newWorld(ctx context.Context, o Options) (w *World, err error) {
	w = &World{options: o, wire: newWire(), processes: map[string]*processes.Process{}, lines: map[string]*Proxy{}, configured: map[string]bool{}, parked: map[string]bool{}}
	if w.folder, err = os.MkdirTemp(o.Scratch, "chaos-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(w.folder, 0o755); err != nil { //nolint:gosec // the user postgres has to pass through it
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	for _, step := range []func(context.Context) error{w.startProvider, w.startServices, w.startRetoma, w.startConsole} {
		if err := step(ctx); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *World) startProvider(ctx context.Context) error {
	w.whatsapp = sandbox.New(sandbox.Options{
		Clock: time.Now, Seed: int64(w.options.Seed), WebhookClient: w.wire.webhooks(),
		Delays: &sandbox.Delays{Sent: 30 * time.Millisecond, Delivered: 60 * time.Millisecond, Read: 200 * time.Millisecond},
		Retry:  sandbox.Retry{Base: 250 * time.Millisecond, Cap: 3 * time.Second, Parallel: 16},
	})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.server = &http.Server{Handler: w.wire.front(w.whatsapp.Handler()), ReadHeaderTimeout: time.Minute}
	go func() {
		if err := w.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	if w.model, err = scripted.Start(); err != nil {
		return err
	}
	w.model.Answer(write)
	return w.line(providerLine, listener.Addr().String())
}

// wanted is the mark that a configuration's prompt asks the model to put into its text.
var wanted = regexp.MustCompile(`ref C\d+\.\d+`)

// write is the scripted model: it writes what the newest prompt asks for, in words of their own for each step.
func write(asked scripted.Request) scripted.Reply {
	marks := wanted.FindAllString(asked.Text(), -1)
	if len(marks) == 0 {
		return scripted.Fail(http.StatusInternalServerError, "no_mark")
	}
	mark := slices.Max(marks) // what was sent before is in the talk, with its own mark
	if strings.HasSuffix(mark, ".1") {
		return scripted.Say("Olá! Vi que você se interessou pelo nosso catálogo; quer que eu envie as opções? " + mark)
	}
	return scripted.Say("Passando para lembrar que a condição especial termina amanhã à noite, posso reservar? " + mark)
}

func (w *World) line(name, target string) error {
	proxy, err := NewProxy(target)
	if err != nil {
		return err
	}
	w.lines[name] = proxy
	return nil
}

func (w *World) startServices(ctx context.Context) error {
	if !w.options.Services {
		return nil
	}
	port, err := processes.FreePort()
	if err != nil {
		return err
	}
	// The machine stays up: what was written is there after an immediate end, whether or not it was flushed to the disk.
	if w.processes[postgresName], err = processes.Postgres(ctx, w.folder, port, "fsync=off"); err != nil {
		return err
	}
	if w.redisPort, err = processes.FreePort(); err != nil {
		return err
	}
	// It keeps nothing, so that it always comes back empty, or the file that docker-compose.yml has it write.
	appends := "no"
	if w.options.Console != "" {
		appends = "yes"
	}
	w.processes[redisName] = processes.Redis(w.folder, w.redisPort, "--save", "", "--appendonly", appends, "--appendfsync", "everysec")
	for _, role := range append([]string{gatewayName}, workerNames()...) {
		if err := errors.Join(w.line(lineName(role, postgresName), processes.Local(port)), w.line(lineName(role, redisName), processes.Local(w.redisPort))); err != nil {
			return err
		}
	}
	bounded, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return errors.Join(w.processes[postgresName].Start(), w.processes[redisName].Start(), processes.Listening(bounded, processes.Local(port)), processes.Listening(bounded, processes.Local(w.redisPort)))
}

func (w *World) startRetoma(ctx context.Context) error {
	port, err := processes.FreePort()
	if err != nil {
		return err
	}
	w.api = processes.NewAPI("http://"+processes.Local(port), adminKey)
	if err := w.line(webhookLine, processes.Local(port)); err != nil {
		return err
	}
	roles := map[string]string{aloneName: "all"}
	if w.options.Services {
		roles = map[string]string{gatewayName: "gateway"}
		for _, name := range workerNames() {
			roles[name] = "worker"
		}
	}
	for name, role := range roles {
		w.processes[name] = w.retoma(name, role, port)
	}
	// The first to start makes the tables and the tenant.
	first := aloneName
	if w.options.Services {
		first = gatewayName
	}
	if err := w.processes[first].Start(); err != nil {
		return err
	}
	if err := w.ready(ctx); err != nil {
		return fmt.Errorf("%w: %s", err, processes.Tail(w.processes[first].Log(), 2000))
	}
	for name := range roles {
		if err := w.processes[name].Start(); err != nil {
			return err
		}
	}
	return nil
}

// retoma is one process of the product, with nothing changed but its settings.
func (w *World) retoma(name, role string, port int) *processes.Process {
	settings := []string{
		"RETOMA_ADDR=" + processes.Local(port), "RETOMA_ROLE=" + role, "RETOMA_DEMO=false", "RETOMA_BOOTSTRAP_KEY=" + adminKey, "RETOMA_LOG_LEVEL=info",
		"RETOMA_SECRET_KEY=secret of the chaos", "RETOMA_JWT_SECRET=jwt of the chaos", "RETOMA_SEND_LEASE=" + w.options.Lease.String(),
		"RETOMA_MEDIA_URL=file://" + filepath.Join(w.folder, "media"),
		"RETOMA_AI_BASE_URL=" + w.model.BaseURL(), "RETOMA_AI_API_KEY=key", "RETOMA_AI_MODEL=model",
	}
	if w.options.Services {
		settings = append(settings,
			"RETOMA_DATABASE_URL=postgres://postgres@"+w.lines[lineName(name, postgresName)].Address()+"/postgres?sslmode=disable",
			"RETOMA_REDIS_URL=redis://"+w.lines[lineName(name, redisName)].Address()+"/0")
	} else {
		settings = append(settings, "RETOMA_DATABASE_URL=sqlite://"+filepath.Join(w.folder, "retoma.db"))
	}
	return &processes.Process{Name: name, Folder: w.folder, Command: func() *exec.Cmd {
		command := exec.Command(w.options.Binary, "serve")
		command.Dir, command.Env = w.folder, append(processes.Bare(os.Environ()), settings...)
		return command
	}}
}

// ready waits until the gateway answers and finds its database.
func (w *World) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return w.api.Insist(ctx, http.MethodGet, "/api/settings", "", nil, nil)
}

// Close ends everything that was started.
func (w *World) Close() {
	for _, p := range w.lines {
		p.Release()
	}
	var ending sync.WaitGroup
	for name, p := range w.processes {
		if name != postgresName && name != redisName {
			ending.Go(func() { p.Terminate(20 * time.Second) })
		}
	}
	ending.Wait()
	if p := w.processes[redisName]; p != nil {
		p.Kill()
	}
	if p := w.processes[postgresName]; p != nil {
		p.Quit()
	}
	for _, p := range w.lines {
		p.Close()
	}
	if w.server != nil {
		_ = w.server.Close()
	}
	if w.whatsapp != nil {
		w.whatsapp.Close()
	}
	if w.model != nil {
		w.model.Close()
	}
	if !w.options.Keep {
		_ = os.RemoveAll(w.folder)
	}
}
