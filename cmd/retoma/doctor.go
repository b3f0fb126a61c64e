package main

import (
	"context"
	"fmt"

	"retoma/internal/app"
	"retoma/internal/desk"
)

type doctor struct {
	Fix  bool `help:"Mend what can be mended without sending, repeating or deleting anything."`
	JSON bool `help:"Tell it as JSON." name:"json"`
	app.Config
}

// The exit codes of doctor.
const (
	exitFindings = 1 // something is wrong, and was not mended
	exitBlind    = 2 // it could not be looked at
)

func (d doctor) Run(ctx context.Context, to streams) error {
	found, err := app.Doctor(ctx, d.Config, d.Fix, logger(d.LogLevel, to.errors))
	if err != nil {
		return exitError{code: exitBlind, err: err}
	}
	if d.JSON {
		err = printed(to, found, nil)
	} else {
		err = told(to, found)
	}
	for _, one := range found {
		if !one.Fixed && err == nil {
			return exitError{code: exitFindings}
		}
	}
	return err
}

func told(to streams, found []desk.Ailment) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(to.out, "Tudo em ordem.")
		return err
	}
	for _, one := range found {
		mark := "AVISO"
		if one.Severity == desk.SeverityError {
			mark = "ERRO "
		}
		note := ""
		switch {
		case one.Fixed:
			note = " (consertado)"
		case one.Fixable:
			note = " (--fix conserta)"
		}
		if _, err := fmt.Fprintf(to.out, "%s  %s%s\n       %s\n", mark, one.Problem, note, one.Remedy); err != nil {
			return err
		}
	}
	return nil
}

// exitError ends the program with a code of its own; without err there is nothing more to say.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return "there are findings"
	}
	return e.err.Error()
}
