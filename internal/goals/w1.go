package goals

import (
	"context"
	"fmt"
	"math"
)

// sizes are how much is posted.
type sizes struct {
	warm, many, steady int
	half               string
	due, dueMany       int
}

func (o Options) sizes() sizes {
	if o.Quick {
		return sizes{warm: 300, many: 3000, steady: 100, half: "4s", due: 500, dueMany: 2000}
	}
	return sizes{warm: 2000, many: 20_000, steady: 400, half: "10s", due: 2000, dueMany: 20_000}
}

// measureW1 is webhooks answered through a flow with one condition: at saturation, at half of that, at 20 a second.
func measureW1(ctx context.Context, s *stand) error {
	systems := []system{floorOn(Floor, false), retomaOn(One, 0), retomaOn(Split, 1), retomaEmbedded()}
	return s.rounds(ctx, W1, systems, func(ctx context.Context, r *running) error {
		size := s.options.sizes()
		full, err := r.saturate(ctx, size.warm, size.many)
		if err != nil {
			return err
		}
		r.noteFull(full)
		rate := math.Max(1, math.Floor(full.Rates.Acked/2))
		half, err := r.post(ctx, r.url, "-rate", fmt.Sprint(rate), "-duration", size.half, "-n", fmt.Sprint(10*int(rate)))
		if err != nil {
			return err
		}
		r.book.Note(r.name, AckAtHalf, half.Ack.P99)
		steady, err := r.post(ctx, r.url, "-rate", "20", "-n", fmt.Sprint(size.steady))
		if err != nil {
			return err
		}
		r.book.Note(r.name, EndToEnd50, steady.EndToEnd.P50)
		r.book.Note(r.name, EndToEnd99, steady.EndToEnd.P99)
		r.book.Note(r.name, Wrong, full.wrong()+half.wrong()+steady.wrong())
		return nil
	})
}

// saturate posts on 64 connections as fast as answers come.
func (r *running) saturate(ctx context.Context, warm, many int) (load, error) {
	return r.post(ctx, r.url, "-conns", "64", "-warmup", fmt.Sprint(warm), "-n", fmt.Sprint(many))
}

func (r *running) noteFull(l load) {
	r.book.Note(r.name, Acks, l.Rates.Acked)
	r.book.Note(r.name, Sends, l.Rates.Sends)
	r.book.Note(r.name, CPU, l.CPU)
	r.book.Note(r.name, OwnMemory, l.own())
	r.book.Note(r.name, AllMemory, l.Peak)
}

// measureWorkers shows how sends grow from one worker to four on this machine.
func measureWorkers(ctx context.Context, s *stand) error {
	var systems []system
	for _, workers := range []int{1, 2, 4} {
		systems = append(systems, retomaOn(fmt.Sprintf("gateway, workers: %d", workers), workers))
	}
	return s.rounds(ctx, Workers, systems, func(ctx context.Context, r *running) error {
		size := s.options.sizes()
		full, err := r.saturate(ctx, size.warm, size.many)
		if err != nil {
			return err
		}
		r.noteFull(full)
		r.book.Note(r.name, Wrong, full.wrong())
		return nil
	})
}
