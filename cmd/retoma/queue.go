package main

import (
	"context"
	"encoding/json"

	"retoma/internal/app"
)

type queue struct {
	Rebuild queueRebuild `cmd:"" help:"Arm every due time of the horizon anew, from SQL."`
	Status  queueStatus  `cmd:"" help:"Tell what is in the queues."`
}

type queueRebuild struct{ app.Config }

func (q queueRebuild) Run(ctx context.Context, to streams) error {
	counts, err := app.RebuildQueue(ctx, q.Config, logger(q.LogLevel, to.errors))
	return printed(to, counts, err)
}

type queueStatus struct{ app.Config }

func (q queueStatus) Run(ctx context.Context, to streams) error {
	status, err := app.QueueStatus(ctx, q.Config, logger(q.LogLevel, to.errors))
	return printed(to, status, err)
}

// printed writes a result as JSON, for people and scripts alike.
func printed(to streams, result any, err error) error {
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(to.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}
