package play

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"retoma/internal/calendar"
	"retoma/internal/fault"
)

const shown = "2006-01-02 15:04"

// localTime reads "2025-07-10T09:00" or "2025-07-10 09:00", with seconds if need be.
func localTime(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{shown, "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		wall, err := time.Parse(layout, text)
		if err == nil {
			year, month, day := wall.Date()
			return calendar.Resolve(year, month, day, wall.Hour(), wall.Minute(), wall.Second(), zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("hora local inválida: %q; escreva 2025-07-10 09:00", text)
}

// after reads a step's time, counted from the one before.
func after(before time.Time, text string, zone *time.Location) (time.Time, error) {
	switch {
	case text == "":
		return before, nil
	case strings.HasPrefix(text, "+"):
		length, err := span(text)
		return before.Add(length), err
	case len(text) == len("10:00"):
		clock, err := calendar.ParseClockTime(text)
		if err != nil {
			return before, errors.New(fault.Of(err).Message)
		}
		return calendar.FirstAtClock(before, clock, 0, zone), nil
	}
	return localTime(text, zone)
}

// span reads "+10m", "+2h", "+30s" or "+1d".
func span(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	written := strings.TrimPrefix(text, "+")
	if days, isDays := strings.CutSuffix(written, "d"); isDays {
		count, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("duração inválida: %q; escreva +10m, +2h ou +1d", text)
		}
		return time.Duration(count) * 24 * time.Hour, nil
	}
	length, err := time.ParseDuration(written)
	if err != nil || length < 0 {
		return 0, fmt.Errorf("duração inválida: %q; escreva +10m, +2h ou +1d", text)
	}
	return length, nil
}
