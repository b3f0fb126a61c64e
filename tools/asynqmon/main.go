// Command asynqmon shows retoma's queues in a browser: it serves the asynqmon console over the Redis that the workers
// share.
// It must not know anything of retoma but where Redis is; it is a module of its own because that console's
// dependencies are old and must not hold back the product's.
// Start reading at run, then console.go (what is served) and connection.go (the forms of a Redis URL).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// addressVariable and redisVariable name the settings that containers give by environment.
const (
	addressVariable = "ASYNQMON_ADDR"
	redisVariable   = "RETOMA_REDIS_URL"
)

// settings are what the command line and the environment say.
type settings struct {
	redisURL string
	// address is where the console listens. It asks nobody for a password, so the default is this machine only.
	address  string
	readOnly bool
	// check asks a running console whether it is well instead of serving one: the health check of an image without a shell.
	check bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "asynqmon:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, environment func(string) string, out io.Writer) error {
	chosen, err := read(arguments, environment, out)
	if err != nil {
		return err
	}
	if chosen.check {
		return check(ctx, chosen.address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", chosen.address)
	if err != nil {
		return err
	}
	return serve(ctx, listener, chosen, out)
}

func read(arguments []string, environment func(string) string, out io.Writer) (settings, error) {
	var chosen settings
	flags := flag.NewFlagSet("asynqmon", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&chosen.redisURL, "redis-url", environment(redisVariable), "where the queues are, as for retoma; also "+redisVariable)
	flags.StringVar(&chosen.address, "addr", otherwise(environment(addressVariable), "127.0.0.1:8081"), "where to listen; also "+addressVariable)
	flags.BoolVar(&chosen.readOnly, "read-only", true, "refuse to run, archive or delete tasks and to pause queues")
	flags.BoolVar(&chosen.check, "check", false, "ask the console at -addr whether it is well, and end with 0 or 1")
	if err := flags.Parse(arguments); err != nil {
		return settings{}, err
	}
	if chosen.redisURL == "" && !chosen.check {
		return settings{}, errors.New(redisVariable + " or -redis-url must say where Redis is; an embedded one can be looked at only if retoma was started with --redis-listen")
	}
	return chosen, nil
}

func otherwise(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// serve answers until ctx ends, then lets running requests finish.
func serve(ctx context.Context, listener net.Listener, chosen settings, out io.Writer) error {
	handler, closeHandler, err := console(chosen.redisURL, chosen.readOnly)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(out, "asynqmon: queues at http://%s (read only: %t)\n", listener.Addr(), chosen.readOnly)
	select {
	case err = <-ended:
	case <-ctx.Done():
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err = server.Shutdown(patience)
		cancel()
	}
	return errors.Join(err, closeHandler())
}

// check tells whether the console at an address answers and reaches its Redis.
func check(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/api/queues", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the console answers %s", answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}
