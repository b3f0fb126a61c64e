package main

import (
	"context"
	"fmt"

	"retoma/internal/app"
)

type migrate struct {
	Up     migrateUp     `cmd:"" help:"Apply what is missing."`
	Status migrateStatus `cmd:"" help:"Tell which migrations were applied."`
}

type migrateUp struct{ app.Config }

func (m migrateUp) Run(ctx context.Context, to streams) error {
	applied, err := app.Migrate(ctx, m.Config)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		_, err = fmt.Fprintln(to.out, "The database is up to date.")
		return err
	}
	for _, one := range applied {
		if _, err := fmt.Fprintf(to.out, "applied %d %s\n", one.Version, one.Name); err != nil {
			return err
		}
	}
	return nil
}

type migrateStatus struct{ app.Config }

func (m migrateStatus) Run(ctx context.Context, to streams) error {
	states, err := app.Migrations(ctx, m.Config)
	if err != nil {
		return err
	}
	for _, one := range states {
		state := "pending"
		if one.Applied {
			state = "applied"
		}
		if _, err := fmt.Fprintf(to.out, "%-8s %d %s\n", state, one.Version, one.Name); err != nil {
			return err
		}
	}
	return nil
}
