package goals

// Line is one line of the table of goals, judged. What was not measured is nil.
type Line struct {
	Goal    int      `json:"goal"`
	What    string   `json:"what"`
	System  string   `json:"system"`
	Aim     string   `json:"aim"`
	Floor   *float64 `json:"floor,omitempty"`
	Value   *float64 `json:"value,omitempty"`
	Ratio   *float64 `json:"ratio,omitempty"`
	Reached *bool    `json:"reached,omitempty"`
}

// judge holds one aim against what was measured.
func judge(b *Book, a aim) Line {
	line := Line{Goal: a.number, What: a.what, System: a.system, Aim: a.bound.String()}
	value, known := b.Median(a.system, a.figure)
	if a.bound.never {
		value, known = b.Worst(a.system, a.figure)
	}
	if !known {
		return line
	}
	line.Value = &value
	limit := a.bound.value
	if a.bound.of != "" {
		figure := a.figure
		if a.bound.instead != "" {
			figure = a.bound.instead
		}
		floor, measured := b.Median(a.bound.of, figure)
		if !measured || floor == 0 {
			return line
		}
		ratio := value / floor
		line.Floor, line.Ratio = &floor, &ratio
		limit *= floor
	}
	reached := value <= limit
	if a.bound.least {
		reached = value >= limit
	}
	line.Reached = &reached
	return line
}

// judged are all lines of which something was measured.
func judged(b *Book) []Line {
	var lines []Line
	for _, a := range aims() {
		if line := judge(b, a); line.Value != nil {
			lines = append(lines, line)
		}
	}
	return lines
}
