package goals

import (
	"context"
	"fmt"
	"time"
)

// measureW2 is sends that were accepted before and are all due within one second.
func measureW2(ctx context.Context, s *stand) error {
	systems := []system{floorOn(FloorDue, true), retomaOn(One, 0), retomaOn(Split, 1), retomaEmbedded()}
	return s.rounds(ctx, W2, systems, func(ctx context.Context, r *running) error {
		target, flags, err := r.dueFlags(ctx)
		if err != nil {
			return err
		}
		size := s.options.sizes()
		few, err := r.dueAtOnce(ctx, target, flags, size.due, 30*time.Second)
		if err != nil {
			return err
		}
		r.noteLateness(few, Late50, Late99, Early)
		many, err := r.dueAtOnce(ctx, target, flags, size.dueMany, accepting(size.dueMany, few.Rates.Acked))
		if err != nil {
			return err
		}
		r.noteLateness(many, LateMany50, LateMany99, EarlyMany)
		r.book.Note(r.name, Wrong, few.wrong()+many.wrong())
		return nil
	})
}

// accepting is how long before the first due time posting has to begin, so that everything is accepted and planned by then.
func accepting(count int, rate float64) time.Duration {
	return max(30*time.Second, 20*time.Second+time.Duration(1.5*float64(count)/max(rate, 1)*float64(time.Second)))
}

// dueFlags are where and how sends with a due time are asked for. The floor reads it from the text of a webhook.
func (r *running) dueFlags(ctx context.Context) (target string, flags []string, err error) {
	if r.api == nil {
		return r.url, []string{"-text", "remind {{due_ms}} order {{seq}}"}, nil
	}
	return r.enrol(ctx)
}

func (r *running) dueAtOnce(ctx context.Context, target string, flags []string, count int, ahead time.Duration, more ...string) (load, error) {
	all := append([]string{"-n", fmt.Sprint(count), "-due-in", ahead.String(), "-due-spread", "1s"}, flags...)
	l, err := r.post(ctx, target, append(all, more...)...)
	if left := ahead.Seconds() - l.Rates.Posting; err == nil && left < 3 {
		r.note("%s: accepting %d took until %.1f s before the first was due: its lateness says little", r.name, count, left)
	}
	return l, err
}

// tolerance is what the load generator's own clock may be off by.
const tolerance = -1.0

func (r *running) noteLateness(l load, p50, p99, early Figure) {
	r.book.Note(r.name, p50, l.Lateness.P50)
	r.book.Note(r.name, p99, l.Lateness.P99)
	r.book.Note(r.name, early, float64(l.Messages.Early))
	if l.Lateness.Min < tolerance {
		r.note("%s: the earliest was sent %.1f ms before its time", r.name, -l.Lateness.Min)
	}
}
