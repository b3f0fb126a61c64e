package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"retoma/internal/fault"
)

// ClockChange moves the clock; exactly one field is given.
type ClockChange struct {
	// Advance is how far to jump, such as "6h", "90m" or "2d"; At the time to jump to, never back.
	Advance *string    `json:"advance"`
	At      *time.Time `json:"at"`
	// Rate is how many seconds pass here in one of the world's: 0 stands still, 60 makes a minute of each second.
	Rate *float64 `json:"rate"`
	// Real goes back to the time of the world.
	Real bool `json:"real"`
}

// ClockView is the clock as the API shows it.
type ClockView struct {
	Now time.Time `json:"now"`
	// Rate is 1 for the time of the world and 0 for a clock that only jumps. Ahead is how far this clock is before the world's, in seconds.
	Rate  float64 `json:"rate"`
	Ahead float64 `json:"aheadSeconds"`
	// Planned is how many things are to come; Next is when the first does.
	Planned int        `json:"planned"`
	Next    *time.Time `json:"next"`
}

const (
	longestJump = 400 * 24 * time.Hour
	fastestRate = 100_000
	// longestAdvance bounds how long the API lets a jump take in the time of the world.
	longestAdvance = 60 * time.Second
)

// Advance jumps ahead: what falls due on the way happens in order, each at its own time, and each webhook is tried before
// the next thing happens. d 0 only waits until what is under way was tried.
func (s *Server) Advance(ctx context.Context, d time.Duration) error { return s.clock.advance(ctx, d) }

// Now is the sandbox's time.
func (s *Server) Now() time.Time { return s.clock.now() }

// SetClock changes the clock as POST api/clock does.
func (s *Server) SetClock(ctx context.Context, change ClockChange) error {
	if err := change.check(); err != nil {
		return err
	}
	switch {
	case change.Real:
		s.courier.setSerial(false)
		s.clock.setRate(1, true)
		return nil
	case change.Rate != nil:
		s.courier.setSerial(*change.Rate == 0)
		s.clock.setRate(*change.Rate, false)
		return nil
	}
	d, err := change.distance(s.now())
	if err != nil {
		return err
	}
	if err := s.Advance(ctx, d); err != nil {
		return fault.Wrap(fault.Impossible, err, "o salto parou em %s: um callback não respondeu a tempo", s.now().Format(time.RFC3339))
	}
	return nil
}

func (c ClockChange) check() error {
	given := 0
	for _, is := range []bool{c.Advance != nil, c.At != nil, c.Rate != nil, c.Real} {
		if is {
			given++
		}
	}
	if given != 1 {
		return fault.Field("advance", "informe exatamente um: advance, at, rate ou real")
	}
	// Written so that what is not a number is refused, too.
	if c.Rate != nil && !(*c.Rate >= 0 && *c.Rate <= fastestRate) {
		return fault.Field("rate", "deve ser de 0 a %d", fastestRate)
	}
	return nil
}

// distance is how far to jump from now.
func (c ClockChange) distance(now time.Time) (time.Duration, error) {
	name := "advance"
	var d time.Duration
	if c.At != nil {
		name, d = "at", c.At.Sub(now)
	} else {
		span, err := parseSpan(*c.Advance)
		if err != nil {
			return 0, fault.Field(name, "%s", err.Error())
		}
		d = span
	}
	if d < 0 {
		return 0, fault.Field(name, "o relógio não anda para trás; use real para voltar à hora do mundo")
	}
	if d > longestJump {
		return 0, fault.Field(name, "no máximo 400 dias de uma vez")
	}
	return d, nil
}

// parseSpan reads a span as Go writes it, with days besides: "90m", "6h", "2d", "1d12h".
func parseSpan(text string) (time.Duration, error) {
	wrong := fault.New(fault.Invalid, "escreva a duração como 30s, 90m, 6h ou 2d")
	days, rest, found := strings.Cut(text, "d")
	total := time.Duration(0)
	if found {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 10_000 {
			return 0, wrong
		}
		total, text = time.Duration(n)*24*time.Hour, rest
	}
	if text == "" && found {
		return total, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, wrong
	}
	return total + d, nil
}

// Clock shows the clock.
func (s *Server) Clock() ClockView {
	c := s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.nowLocked()
	view := ClockView{Now: now, Rate: c.rate, Ahead: now.Sub(c.source()).Seconds(), Planned: len(c.plans)}
	if len(c.plans) > 0 {
		next := now.Add(c.plans[0].due - c.passedLocked())
		view.Next = &next
	}
	return view
}

func (s *Server) getClock(*http.Request) (any, error) { return s.Clock(), nil }

func (s *Server) postClock(r *http.Request) (any, error) {
	var change ClockChange
	if err := readJSON(r, &change); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), longestAdvance)
	defer cancel()
	if err := s.SetClock(ctx, change); err != nil {
		return nil, err
	}
	return s.Clock(), nil
}
