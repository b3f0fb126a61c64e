package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/app"
)

// childVariable holds a process's settings when this test binary is started as retoma itself; killVariable names the
// commit point at which it ends itself, as "point:n" for the n-th commit of that name.
const (
	childVariable = "RETOMA_TEST_CHILD"
	killVariable  = "RETOMA_TEST_KILL"
)

func TestMain(m *testing.M) {
	if settings := os.Getenv(childVariable); settings != "" {
		os.Exit(child(settings, os.Getenv(killVariable)))
	}
	os.Exit(m.Run())
}

// child is a retoma process with nothing changed but that it can end itself at a commit point.
func child(settings, kill string) int {
	var c app.Config
	if err := json.Unmarshal([]byte(settings), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var level slog.Level
	if level.UnmarshalText([]byte(c.LogLevel)) != nil {
		level = slog.LevelWarn
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	if err := app.Run(ctx, c, os.Stdout, log, app.Hooks{Committed: killer(kill)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func killer(kill string) func(string) {
	point, count, armed := strings.Cut(kill, ":")
	if !armed {
		return nil
	}
	wanted, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(err)
	}
	var seen atomic.Int64
	return func(at string) {
		if at == point && seen.Add(1) == wanted {
			die()
		}
	}
}

// die is kill -9: nothing is flushed, closed or said.
func die() {
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(err)
	}
	select {}
}

// process is a running retoma.
type process struct {
	command *exec.Cmd
	url     string
	exited  chan error
	// said is what it wrote to its errors; to be read once it has ended.
	said *strings.Builder
}

// launch starts a process and waits until it says that it runs. A process that ends before is an error with its words.
func launch(t *testing.T, c app.Config, kill string) (*process, error) {
	t.Helper()
	settings, err := json.Marshal(c)
	require.NoError(t, err)
	itself, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(itself)
	command.Dir = t.TempDir() // what the process keeps beside its database
	command.Env = append(os.Environ(), childVariable+"="+string(settings), killVariable+"="+kill)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	said := &strings.Builder{}
	command.Stderr = io.MultiWriter(said, t.Output())
	require.NoError(t, command.Start())
	p := &process{command: command, url: "http://" + c.Addr, exited: make(chan error, 1), said: said}
	running := make(chan struct{})
	go p.follow(output, running)
	t.Cleanup(func() { p.kill() })
	select {
	case <-running:
		return p, nil
	case err := <-p.exited:
		p.exited <- err
		return nil, fmt.Errorf("the process ended: %w: %s", err, said.String())
	case <-time.After(60 * time.Second):
		return nil, fmt.Errorf("the process did not start: %s", said.String())
	}
}

// follow reads what the process says until it ends.
func (p *process) follow(output io.Reader, running chan struct{}) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "is running") {
			close(running)
		}
	}
	p.exited <- p.command.Wait()
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	if err := p.command.Process.Kill(); err != nil {
		return // it has ended already
	}
	p.waitEnd()
}

func (p *process) waitEnd() {
	err := <-p.exited
	p.exited <- err
}

// terminate asks the process to stop and waits for it.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	err := <-p.exited
	p.exited <- err
	require.NoError(t, err)
}

// nextPort counts the ports that tests were given. They lie below those that the system gives to outgoing connections: a
// process that is started again must find its own port free.
var nextPort atomic.Int64

// freeAddress finds a port that nobody listens on, and gives it to nobody else.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 5000 {
		port := 20_000 + (int64(os.Getpid())*7+nextPort.Add(1))%12_000
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(port, 10))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		require.NoError(t, listener.Close())
		return address
	}
	t.Fatal("no port is free")
	return ""
}
