package main

import (
	"context"
	"fmt"

	"retoma/internal/app"
)

type backup struct {
	File string `arg:"" help:"The file to write; it must not exist." type:"path"`
	// WithFiles is not called Files, which would be a flag of two meanings beside File.
	WithFiles bool `help:"Save the bytes of files too." name:"files"`
	app.Config
}

func (b backup) Run(ctx context.Context, to streams) error {
	report, err := app.Backup(ctx, b.Config, b.File, b.WithFiles)
	if err == nil && report.Missing > 0 {
		_, err = fmt.Fprintf(to.errors, "retoma: the place for files has no bytes of %d files that the database tells of\n", report.Missing)
	}
	return printed(to, report, err)
}
