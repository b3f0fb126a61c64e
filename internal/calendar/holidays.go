package calendar

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/br"
)

// brazilian tells whether a date is a national holiday of Brazil: the list of rickar/cal, which holds Carnival Tuesday
// and Corpus Christi too, and 20 November, which it lacks (Dia da Consciência Negra, national by Lei 14.759/2023, so
// since 2024). Holidays of states and cities are not known here.
func brazilian(year int, month time.Month, day int) bool {
	if month == time.November && day == 20 && year >= 2024 {
		return true
	}
	for _, holiday := range br.Holidays {
		if falls(holiday, year, month, day) {
			return true
		}
	}
	return false
}

func falls(holiday *cal.Holiday, year int, month time.Month, day int) bool {
	midnight, _ := holiday.Calc(year)
	if midnight.IsZero() {
		return false
	}
	// Calc gives midnight in the machine's zone. Where a DST gap swallows that midnight, Go may answer 23:00 of the day
	// before; two hours on, the date is right whatever the machine's zone.
	gotYear, gotMonth, gotDay := midnight.Add(2 * time.Hour).Date()
	return gotYear == year && gotMonth == month && gotDay == day
}
