package store

import (
	"context"
	"sync"
	"time"

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
	rounds rounds
	rush   *rush
}

type intakeJob struct {
	// ctx ends when nobody waits for the result any more.
	ctx    context.Context
	intake desk.Intake
	result chan intakeResult
}

type intakeResult struct {
	written desk.Written
	err     error
}

const (
	// groupLimit bounds one grouped commit, and groupItems how many things it may be about.
	groupLimit = 256
	groupItems = 2000
	// intakeLimit bounds what waits; beyond it callers are told to come back.
	intakeLimit = 4096
	// roundPatience ends a grouped commit that a database which does not answer keeps hanging; those who waited for it have long been
	// told to come back.
	roundPatience = 30 * time.Second
)

func startIngest(s *Store) *ingest {
	g := &ingest{store: s, queue: make(chan *intakeJob, intakeLimit), closed: make(chan struct{}), rush: newRush()}
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
			if first.ctx.Err() == nil {
				g.round(g.gather(first))
			}
		}
	}
}

// gather takes whatever waits, but for those whose callers have gone: they were told to come back.
func (g *ingest) gather(first *intakeJob) []*intakeJob {
	group, items := []*intakeJob{first}, first.size()
	for len(group) < groupLimit && items < groupItems {
		select {
		case next := <-g.queue:
			if next.ctx.Err() == nil {
				group = append(group, next)
				items += next.size()
			}
		default:
			return group
		}
	}
	return group
}

func (j *intakeJob) size() int {
	return len(j.intake.Arrivals) + len(j.intake.Statuses) + len(j.intake.Rejected)
}

// round commits a group and notes how long that took.
func (g *ingest) round(group []*intakeJob) {
	g.store.grouped("ingest", len(group))
	g.rounds.begin(g.store.now())
	g.rush.gathered(len(group))
	g.write(group)
	g.rounds.end(g.store.now())
}

// write commits a group. When the group fails, its halves are tried apart, so that one that cannot be stored costs only itself.
func (g *ingest) write(group []*intakeJob) {
	intakes := make([]desk.Intake, len(group))
	for i, job := range group {
		intakes[i] = job.intake
	}
	ctx, cancel := context.WithTimeout(context.Background(), roundPatience)
	defer cancel()
	written, err := g.store.receive(ctx, intakes)
	if err != nil && len(group) > 1 && !g.store.database.away(err) {
		g.write(group[:len(group)/2])
		g.write(group[len(group)/2:])
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
	job := &intakeJob{ctx: ctx, intake: intake, result: make(chan intakeResult, 1)}
	s.ingest.rush.came()
	defer s.ingest.rush.went()
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
