package store

import (
	"context"
	"sync"

	"retoma/internal/desk"
	"retoma/internal/fault"
)

// ingest groups the commits of ingestion: whatever waits is written in one transaction, so that many webhooks
// share one fsync.
type ingest struct {
	store  *Store
	queue  chan *intakeJob
	ended  sync.WaitGroup
	closed chan struct{}
}

type intakeJob struct {
	intake desk.Intake
	result chan intakeResult
}

type intakeResult struct {
	written desk.Written
	err     error
}

const (
	// groupLimit bounds one grouped commit.
	groupLimit = 256
	// intakeLimit bounds what waits; beyond it callers are told to come back.
	intakeLimit = 4096
)

func startIngest(s *Store) *ingest {
	g := &ingest{store: s, queue: make(chan *intakeJob, intakeLimit), closed: make(chan struct{})}
	g.ended.Go(g.loop)
	return g
}

func (g *ingest) stop() {
	close(g.closed)
	g.ended.Wait()
}

// loop is one for each process: two would wait for each other where they number new contacts, and make smaller groups.
func (g *ingest) loop() {
	for {
		select {
		case <-g.closed:
			return
		case first := <-g.queue:
			g.write(g.gather(first))
		}
	}
}

func (g *ingest) gather(first *intakeJob) []*intakeJob {
	group := []*intakeJob{first}
	for len(group) < groupLimit {
		select {
		case next := <-g.queue:
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// write commits a group. When the group fails, each job is tried alone, so that one that cannot be stored costs only itself.
func (g *ingest) write(group []*intakeJob) {
	intakes := make([]desk.Intake, len(group))
	for i, job := range group {
		intakes[i] = job.intake
	}
	written, err := g.store.receive(context.Background(), intakes)
	if err != nil && len(group) > 1 {
		for _, job := range group {
			g.write([]*intakeJob{job})
		}
		return
	}
	for i, job := range group {
		if err != nil {
			job.result <- intakeResult{err: err}
			continue
		}
		job.result <- intakeResult{written: written[i]}
	}
}

// Receive writes down what came in. When it returns without an error everything is committed, and the contacts in
// Written.Wake have something to be worked on. Known events are not written again.
func (s *Store) Receive(ctx context.Context, intake desk.Intake) (desk.Written, error) {
	job := &intakeJob{intake: intake, result: make(chan intakeResult, 1)}
	select {
	case s.ingest.queue <- job:
	default:
		return desk.Written{}, fault.New(fault.Unavailable, "muitas mensagens ao mesmo tempo; tente de novo em instantes")
	}
	select {
	case result := <-job.result:
		return result.written, result.err
	case <-ctx.Done():
		return desk.Written{}, fault.Wrap(fault.Unavailable, ctx.Err(), "o banco de dados demorou demais; tente de novo")
	case <-s.ingest.closed:
		return desk.Written{}, fault.New(fault.Unavailable, "o serviço está parando; tente de novo em instantes")
	}
}
