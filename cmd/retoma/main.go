// Command retoma is the gateway and automation runtime for WhatsApp follow-ups.
// It must not know how anything is done: it reads flags and signals and calls internal/app.
// Start reading at the commands struct below; each command is a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"retoma/internal/app"
)

// commands is the command line: one struct for flags, environment and help.
type commands struct {
	Config kong.ConfigFlag `help:"Settings as JSON, named like the flags with underscores (database_url)." env:"RETOMA_CONFIG" type:"path"`

	Serve       serve       `cmd:"" default:"withargs" help:"Run the gateway, the worker, or both."`
	Migrate     migrate     `cmd:"" help:"Bring the database up to date, or tell its state."`
	Queue       queue       `cmd:"" help:"Look at the queue, or arm it anew from SQL."`
	Backup      backup      `cmd:"" help:"Save everything that is in the database into a file, while processes work."`
	Restore     restore     `cmd:"" help:"Put a backup into an empty database; what was due since then is held for review."`
	Doctor      doctor      `cmd:"" help:"Compare database, queue and provider, and say what is wrong and what to do."`
	Flow        flow        `cmd:"" help:"Check a flow, or play it in the terminal."`
	Typebot     typebot     `cmd:"" help:"Look at flows of Typebot."`
	Secrets     secrets     `cmd:"" help:"Change the key under which credentials are stored."`
	Token       token       `cmd:"" help:"Make a JWT for a tenant (HS256, RETOMA_JWT_SECRET)."`
	Healthcheck healthcheck `cmd:"" help:"Ask a running process whether it is well; for containers."`
}

// streams are where commands write.
type streams struct{ out, errors io.Writer }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{out: os.Stdout, errors: os.Stderr})
	stop()
	os.Exit(code)
}

// run is main without the process around it: it gives the exit code.
func run(ctx context.Context, arguments []string, to streams) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli, kong.Name("retoma"), kong.Description("Durable, explainable WhatsApp follow-ups."),
		kong.Configuration(kong.JSON), kong.UsageOnError(), kong.Writers(to.out, to.errors), kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(to))
	if err != nil {
		fmt.Fprintln(to.errors, "retoma:", err)
		return 1
	}
	parsed, err := parser.Parse(arguments)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintln(to.errors, "retoma:", err)
		return 2
	}
	err = parsed.Run()
	var exits exitError
	if errors.As(err, &exits) {
		if exits.err != nil {
			fmt.Fprintln(to.errors, "retoma:", exits.err)
		}
		return exits.code
	}
	if err != nil {
		fmt.Fprintln(to.errors, "retoma:", err)
		return 1
	}
	return 0
}

type serve struct{ app.Config }

func (s serve) Run(ctx context.Context, to streams) error {
	return app.Run(ctx, s.Config, to.out, logger(s.LogLevel, to.errors), app.Hooks{})
}

// logger writes one JSON line per unit of work.
func logger(level string, to io.Writer) *slog.Logger {
	var chosen slog.Level
	if err := chosen.UnmarshalText([]byte(level)); err != nil {
		chosen = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: chosen}))
}
