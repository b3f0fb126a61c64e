package calendar

import (
	"strconv"
	"time"

	"retoma/internal/fault"
)

// mostHolidays keeps the search for the next opening cheap: a century of one country's holidays fits.
const mostHolidays = 1000

// Hours are the optional sending hours of a tenant, channel or flow (domain.md section 3). The zero value and nil are
// always open. Each set field narrows them. Example:
//
//	{"weekdays":["mon","tue"],"from":"08:00","to":"20:00","holidays":["2026-11-20","12-25"],"national":"br"}
type Hours struct {
	// Weekdays that are open: "mon" to "sun". Empty means all.
	Weekdays []string `json:"weekdays,omitempty"`
	// From is the local clock time of opening, "HH:MM". It is set together with To; neither means the whole day.
	From string `json:"from,omitempty"`
	// To is the local clock time of closing, "HH:MM" or "24:00", later than From; at To it is already closed.
	To string `json:"to,omitempty"`
	// Holidays are closed all day: a date "2026-11-20", or "12-25" for every year ("02-29": every leap year).
	Holidays []string `json:"holidays,omitempty"`
	// National adds the national holidays of a country; "br" is the only one known. See [brazilian].
	National string `json:"national,omitempty"`
}

// IsZero tells whether h is nil or sets nothing, which means always open.
func (h *Hours) IsZero() bool {
	return h == nil || len(h.Weekdays) == 0 && h.From == "" && h.To == "" && len(h.Holidays) == 0 && h.National == ""
}

// Validate finds the first bad value: a [fault.Invalid] error whose Field is path and the value's place in h, such as
// "sendingHours.from" or "sendingHours.holidays[2]".
func (h *Hours) Validate(path string) error {
	if h.IsZero() {
		return nil
	}
	_, err := h.schedule(path)
	return err
}

// schedule compiles the hours; the errors are those of Validate.
func (h *Hours) schedule(path string) (schedule, error) {
	if path != "" {
		path += "."
	}
	compiled := wholeWeek(0, 24*60)
	for _, step := range []func(*schedule, string) error{h.readWeekdays, h.readClock, h.readHolidays, h.readNational} {
		if err := step(&compiled, path); err != nil {
			return schedule{}, err
		}
	}
	return compiled, nil
}

func (h *Hours) readWeekdays(into *schedule, path string) error {
	if len(h.Weekdays) == 0 {
		return nil
	}
	into.weekdays = [7]bool{}
	for i, name := range h.Weekdays {
		field := path + "weekdays[" + strconv.Itoa(i) + "]"
		day, known := weekday(name)
		if !known {
			return fault.Field(field, "dia desconhecido: %s; use mon, tue, wed, thu, fri, sat ou sun", quote(name))
		}
		if into.weekdays[day] {
			return fault.Field(field, "dia repetido: %s", quote(name))
		}
		into.weekdays[day] = true
	}
	return nil
}

func weekday(name string) (time.Weekday, bool) {
	for day, known := range [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
		if name == known {
			return time.Weekday(day), true
		}
	}
	return 0, false
}

func (h *Hours) readClock(into *schedule, path string) error {
	if h.From == "" && h.To == "" {
		return nil
	}
	if h.From == "" {
		return fault.Required(path + "from")
	}
	if h.To == "" {
		return fault.Required(path + "to")
	}
	from, err := ParseClockTime(h.From)
	if err != nil {
		return fault.Field(path+"from", "%s", fault.Of(err).Message)
	}
	into.from = from.minutes()
	if h.To != "24:00" {
		to, err := ParseClockTime(h.To)
		if err != nil {
			return fault.Field(path+"to", "%s", fault.Of(err).Message)
		}
		into.to = to.minutes()
	}
	if into.from >= into.to {
		return fault.Field(path+"from", "deve ser antes de %sto: %s não é antes de %s", path, h.From, h.To)
	}
	return nil
}

func (h *Hours) readHolidays(into *schedule, path string) error {
	if len(h.Holidays) > mostHolidays {
		return fault.Field(path+"holidays", "no máximo %d feriados", mostHolidays)
	}
	into.holidays = make(map[string]bool, len(h.Holidays))
	for i, text := range h.Holidays {
		if !isHoliday(text) {
			return fault.Field(path+"holidays["+strconv.Itoa(i)+"]",
				"data inválida: %s; escreva 2026-11-20, ou 12-25 para todos os anos", quote(text))
		}
		into.holidays[text] = true
	}
	return nil
}

// isHoliday tells whether text is a real date, with its year or, in a leap year at least, without.
func isHoliday(text string) bool {
	if len(text) == len(yearlyDate) {
		text = "2024-" + text
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func (h *Hours) readNational(into *schedule, path string) error {
	switch h.National {
	case "":
	case "br":
		into.national = brazilian
	default:
		return fault.Field(path+"national", "país desconhecido: %s; por enquanto só br", quote(h.National))
	}
	return nil
}
