package goals

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is what a run found.
type Report struct {
	At      time.Time `json:"at"`
	Took    string    `json:"took"`
	Machine Machine   `json:"machine"`
	Runs    int       `json:"runs"`
	Quick   bool      `json:"quick"`
	// Disturbed is the share of the machine that other programs used, from 0 to 1.
	Disturbed float64                         `json:"disturbed"`
	Goals     []Line                          `json:"goals"`
	Figures   map[string]map[Figure][]float64 `json:"figures"`
	Notes     []string                        `json:"notes,omitempty"`
}

// Reached tells whether every goal that was measured was reached.
func (r *Report) Reached() bool {
	return !slices.ContainsFunc(r.Goals, func(l Line) bool { return l.Reached != nil && !*l.Reached })
}

// Write prints the report as Markdown.
func (r *Report) Write(to io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s; medians of %d; %s; other programs used %.0f %% of the machine meanwhile.\n", r.Machine, r.Runs, r.At.UTC().Format("2006-01-02 15:04 UTC"), 100*r.Disturbed)
	if r.Quick {
		size := Options{Quick: true}.sizes()
		fmt.Fprintf(&out, "A quick look: %s webhooks at saturation, %s and %s due sends instead of 2,000 and 20,000, shorter waits.\n", number(float64(size.many)), number(float64(size.due)), number(float64(size.dueMany)))
	}
	out.WriteString("\n| goal | what | of | aim | floor | measured | ratio | reached |\n|---|---|---|---|---|---|---|---|\n")
	for _, l := range r.Goals {
		fmt.Fprintf(&out, "| %d | %s | %s | %s | %s | %s | %s | %s |\n", l.Goal, l.What, l.System, l.Aim, optional(l.Floor), optional(l.Value), optional(l.Ratio), verdict(l.Reached))
	}
	out.WriteString("\n| system | figure | median | least and most |\n|---|---|---|---|\n")
	for _, system := range sortedKeys(r.Figures) {
		for _, figure := range sortedKeys(r.Figures[system]) {
			values := r.Figures[system][figure]
			middle, _ := median(values)
			fmt.Fprintf(&out, "| %s | %s | %s | %s - %s |\n", system, figure, number(middle), number(slices.Min(values)), number(slices.Max(values)))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&out, "\n%s\n", note)
	}
	_, err := io.WriteString(to, out.String())
	return err
}

func sortedKeys[K ~string, V any](of map[K]V) []K {
	var keys []K
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func verdict(reached *bool) string {
	switch {
	case reached == nil:
		return "not measured"
	case *reached:
		return "yes"
	}
	return "**no**"
}

func optional(value *float64) string {
	if value == nil {
		return "-"
	}
	return number(*value)
}

// number writes as many digits as say something: none below the point from 100 on, two below 10.
func number(value float64) string {
	switch size := math.Abs(value); {
	case value == math.Trunc(value) || size >= 100:
		return thousands(strconv.FormatFloat(value, 'f', 0, 64))
	case size >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}
