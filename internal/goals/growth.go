package goals

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"retoma/internal/processes"
)

//go:embed fill.sql
var fill string

// inThirtyDays is how far ahead everything is due that waits: far beyond the horizon.
const inThirtyDays = 30 * 24 * 60

func pendingName(count int) string { return thousands(strconv.Itoa(count)) + " pending" }

// growthAims hold a million against a thousand.
func growthAims() []aim {
	few, many := pendingName(1000), pendingName(1_000_000)
	return []aim{
		{8, "Redis keys, everything due in 30 days", many, RedisKeys, atMostOf(1, few)},
		{8, "Redis memory, everything due in 30 days", many, RedisMemory, atMostOf(1.1, few)},
		{8, "idle process, resident", many, IdleMemory, atMostOf(1.1, few)},
		{8, "database per follow-up, with its run and their indexes", many, RowBytes, atMost(1024, " bytes")},
		{9, "webhooks acknowledged a second", many, Acks, atLeastOf(0.8, few)},
		{9, "sends a second", many, Sends, atLeastOf(0.8, few)},
		{9, "lateness p99 of 2,000 due in one second", many, Late99, atMostOf(1.2, few)},
	}
}

// measureGrowth fills the tables with people who wait for a follow-up, and measures at each size what it costs and what still works how fast.
func measureGrowth(ctx context.Context, s *stand) error {
	sizes := []int{1000, 100_000, 1_000_000}
	if s.options.Quick {
		sizes = []int{1000, 10_000}
	}
	return s.rounds(ctx, Growth, []system{retomaOn(Growth, 0)}, func(ctx context.Context, r *running) error {
		if err := r.firstOfMany(ctx); err != nil {
			return err
		}
		filled := 1
		for _, size := range sizes {
			s.tell("  filling up to %d", size)
			r.name = pendingName(size)
			if err := r.fillUp(ctx, filled+1, size); err != nil {
				return err
			}
			filled = size
			if err := r.measureFilled(ctx, size); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		return nil
	})
}

// fillUp makes the people from one number to another and notes what each takes in the tables.
func (r *running) fillUp(ctx context.Context, first, last int) error {
	rows, all, err := r.sizesOf(ctx)
	if err != nil {
		return err
	}
	if _, err := r.ask(ctx, r.database(), fmt.Sprintf(fill, first, last)); err != nil {
		return err
	}
	rowsAfter, allAfter, err := r.sizesOf(ctx)
	if err != nil {
		return err
	}
	count := float64(last - first + 1)
	each, person := (rowsAfter-rows)/count, (allAfter-all)/count
	r.book.Note(r.name, RowBytes, each)
	r.book.Note(r.name, PersonBytes, person)
	r.tell("  %.0f bytes for each follow-up with its run, %.0f with the person", each, person)
	return nil
}

// sizesOf are the bytes of follow-ups and runs with their indexes, and of the whole database.
func (r *running) sizesOf(ctx context.Context) (rows, all float64, err error) {
	told, err := r.ask(ctx, r.database(), "SELECT pg_total_relation_size('followups') + pg_total_relation_size('runs'), pg_database_size(current_database())")
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscanf(strings.ReplaceAll(strings.TrimSpace(told), "|", " "), "%f %f", &rows, &all); err != nil {
		return 0, 0, fmt.Errorf("sizes %q: %w", told, err)
	}
	return rows, all, nil
}

// firstOfMany enrols the one person whose rows are the pattern of all others, into a model that is due in thirty days.
func (r *running) firstOfMany(ctx context.Context) error {
	model, err := r.model(ctx, inThirtyDays)
	if err != nil {
		return err
	}
	err = r.api.Insist(ctx, http.MethodPost, "/updatefollowup", "", map[string]any{"number": "+5511987654321", "followup": model}, nil)
	if err != nil {
		return err
	}
	return until(ctx, time.Minute, func() bool {
		count, err := r.ask(ctx, r.database(), "SELECT count(*) FROM followups WHERE state = 'PENDING'")
		return err == nil && strings.TrimSpace(count) == "1"
	})
}

// measureFilled measures what waiting costs, of a process that was just started, and then whether everything else is as fast as ever.
func (r *running) measureFilled(ctx context.Context, size int) error {
	if err := r.measureWaiting(ctx, size); err != nil {
		return err
	}
	numbers := r.options.sizes()
	full, err := r.saturate(ctx, numbers.warm, numbers.many/2)
	if err != nil {
		return err
	}
	r.noteFull(full)
	target, flags, err := r.enrol(ctx)
	if err != nil {
		return err
	}
	due, err := r.dueAtOnce(ctx, target, flags, numbers.due, 30*time.Second)
	if err != nil {
		return err
	}
	r.noteLateness(due, Late50, Late99, Early)
	r.book.Note(r.name, Wrong, full.wrong()+due.wrong())
	return nil
}

func (r *running) measureWaiting(ctx context.Context, size int) error {
	for _, p := range r.own {
		p.Terminate(30 * time.Second)
	}
	if err := processes.TellRedis(r.redisPort, "FLUSHALL"); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	settle := time.Minute
	if r.options.Quick {
		settle = 15 * time.Second
	}
	if err := pause(ctx, settle); err != nil {
		return err
	}
	used, err := memoryOf(r.own[0].PID())
	if err != nil {
		return err
	}
	keys, megabytes, err := redisUse(ctx, processes.Local(r.redisPort))
	if err != nil {
		return err
	}
	r.book.Note(r.name, IdleMemory, used.Resident)
	r.book.Note(r.name, IdleAnonymous, used.Anonymous)
	r.book.Note(r.name, RedisKeys, keys)
	r.book.Note(r.name, RedisMemory, megabytes)
	r.tell("  %d wait: %.1f MB resident, %.0f keys and %.2f MB in Redis", size, used.Resident, keys, megabytes)
	return nil
}

// redisUse asks Redis how many keys it holds and how much memory they take.
func redisUse(ctx context.Context, address string) (keys, megabytes float64, err error) {
	connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return 0, 0, err
	}
	if _, err := connection.Write([]byte("INFO memory\r\nDBSIZE\r\n")); err != nil {
		return 0, 0, err
	}
	return readRedisUse(bufio.NewScanner(connection))
}

// readRedisUse reads the answers to INFO memory and DBSIZE; the second is the first line that begins with a colon.
func readRedisUse(lines *bufio.Scanner) (keys, megabytes float64, err error) {
	for lines.Scan() {
		if used, is := strings.CutPrefix(lines.Text(), "used_memory:"); is {
			bytes, err := strconv.ParseFloat(used, 64)
			if err != nil {
				return 0, 0, err
			}
			megabytes = bytes / (1 << 20)
		}
		if count, is := strings.CutPrefix(lines.Text(), ":"); is {
			keys, err = strconv.ParseFloat(count, 64)
			return keys, megabytes, err
		}
	}
	return 0, 0, fmt.Errorf("redis did not tell how many keys it has: %w", lines.Err())
}
