package nodes

import (
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/fault"
)

// Delay waits, in one of three ways: {"for": "PT30M"} (elapsed time, ISO 8601), {"minutes": 30} (the same),
// {"until": "10:00"} (the next time the local clock shows it).
type Delay struct{}

type delayParams struct {
	For     string `json:"for"`
	Minutes *int   `json:"minutes"`
	Until   string `json:"until"`
}

// maxMinutes bounds delays and offsets: a year.
const maxMinutes = 525600

// Type is the name that authors write.
func (Delay) Type() string { return "delay" }

// Compile reads the parameters.
func (Delay) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Waits()
	c.Exit(flows.Next)
	var params delayParams
	if !c.Decode(&params) {
		return nil
	}
	given := 0
	for _, isGiven := range []bool{params.For != "", params.Minutes != nil, params.Until != ""} {
		if isGiven {
			given++
		}
	}
	if given != 1 {
		c.Problem("", "diga quanto esperar com um destes: for, minutes ou until")
		return nil
	}
	if params.Until != "" {
		return delay{until: clock(c, "until", params.Until)}
	}
	if params.Minutes == nil {
		return delay{length: interval(c, "for", params.For)}
	}
	if *params.Minutes < 1 || *params.Minutes > maxMinutes {
		c.Problem("minutes", "de 1 a %d minutos", maxMinutes)
	}
	return delay{length: time.Duration(*params.Minutes) * time.Minute}
}

// interval reads an ISO 8601 parameter of at most a year.
func interval(c *flows.Compiler, field, text string) time.Duration {
	length, err := calendar.ParseInterval(text)
	switch {
	case err != nil:
		c.Problem(field, "%s", fault.Of(err).Message)
	case length > maxMinutes*time.Minute:
		c.Problem(field, "no máximo %d minutos", maxMinutes)
	}
	return length
}

// clock reads a "HH:MM" parameter; nil for an empty or bad one.
func clock(c *flows.Compiler, field, text string) *calendar.ClockTime {
	if text == "" {
		return nil
	}
	parsed, err := calendar.ParseClockTime(text)
	if err != nil {
		c.Problem(field, "%s", fault.Of(err).Message)
		return nil
	}
	return &parsed
}

type delay struct {
	length time.Duration
	until  *calendar.ClockTime
}

func (d delay) Run(s *flows.Step) (flows.Exit, error) {
	switch {
	case s.Due():
		return flows.Next, nil
	case !s.Arrived():
		return flows.Stay, nil
	case d.until != nil:
		return s.Wait(calendar.FirstAtClock(s.Now(), *d.until, 0, s.Zone()), false), nil
	}
	return s.Wait(s.Now().Add(d.length), false), nil
}
