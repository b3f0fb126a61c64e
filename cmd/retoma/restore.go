package main

import (
	"context"
	"errors"
	"fmt"

	"retoma/internal/app"
)

type restore struct {
	File    string `arg:"" optional:"" help:"What retoma backup wrote." type:"path"`
	Replace bool   `help:"Throw away what is in the database. Needs --yes too."`
	Yes     bool   `help:"Do not ask whether that is meant."`
	Release bool   `help:"Restore nothing: let everything go that a restore holds for review."`
	app.Config
}

func (r restore) Run(ctx context.Context, to streams) error {
	switch {
	case r.Release && (r.File != "" || r.Replace):
		return errors.New("--release stands alone: it restores nothing")
	case r.Release:
		released, err := app.ReleaseHeld(ctx, r.Config)
		return printed(to, map[string]int{"Released": released}, err)
	case r.File == "":
		return errors.New("say which file to restore")
	case r.Replace && !r.Yes:
		return errors.New("--replace throws away everything that is in the database: say --yes too if that is meant")
	}
	report, err := app.Restore(ctx, r.Config, r.File, r.Replace)
	if err := printed(to, report, err); err != nil {
		return err
	}
	if waiting := report.Held.Runs + report.Held.Messages; waiting > 0 {
		_, err = fmt.Fprintf(to.errors, "retoma: %d things were due since the backup and are held for review: GET /api/followups/review, or retoma restore --release\n", waiting)
	}
	return err
}
