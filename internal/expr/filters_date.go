package expr

import (
	"fmt"
	"strings"
	"time"
)

// formatDate is the filter date: a time, an ISO 8601 text or seconds (or milliseconds) since 1970, written by a strftime
// format in the scope's zone, with Portuguese names; without a format, "%d/%m/%Y".
func formatDate(input filterInput) (any, error) {
	moment, err := momentOf(input.data, input.location)
	if err != nil {
		return nil, err
	}
	format := "%d/%m/%Y"
	if len(input.given) > 0 {
		format = input.given[0].(string)
	}
	return strftime(format, moment.In(input.location))
}

// isoLayouts are the ISO 8601 texts that platforms write; those without a zone are in the scope's.
var isoLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

func momentOf(data any, location *time.Location) (time.Time, error) {
	if moment, isTime := data.(time.Time); isTime {
		return moment, nil
	}
	if text, isText := data.(string); isText {
		for _, layout := range isoLayouts {
			if moment, err := time.ParseInLocation(layout, strings.TrimSpace(text), location); err == nil {
				return moment, nil
			}
		}
	}
	seconds, err := numberOf(data)
	if err != nil {
		return time.Time{}, mistake("a data não é reconhecida")
	}
	// Seconds reach this only after the year 5138; milliseconds are above it since 1973.
	const leastMilliseconds = 1e11
	if seconds >= leastMilliseconds {
		seconds /= 1000
	}
	if seconds < 0 || seconds >= leastMilliseconds {
		return time.Time{}, mistake("a data não é reconhecida")
	}
	return time.Unix(int64(seconds), 0), nil
}

var (
	weekdayNames = [...]string{"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado"}
	weekdayShort = [...]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"}
	monthNames   = [...]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho",
		"julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}
)

// strftime writes a moment by the directives that Liquid users know; "%-d" is "%d" without the leading zero.
func strftime(format string, moment time.Time) (string, error) {
	var text strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			text.WriteByte(format[i])
			continue
		}
		i++
		bare := i < len(format) && format[i] == '-'
		if bare {
			i++
		}
		if i >= len(format) {
			return "", mistake("o formato da data termina em %%")
		}
		written, known := directive(format[i], moment)
		if !known {
			return "", mistake("o formato da data não conhece %%%c", format[i])
		}
		if bare && len(written) > 1 {
			written = strings.TrimPrefix(written, "0")
		}
		text.WriteString(written)
		if text.Len() > maxFilterBytes {
			return "", mistake("a data passa de %d bytes", maxFilterBytes)
		}
	}
	return text.String(), nil
}

// directive writes what one letter after % stands for.
func directive(letter byte, moment time.Time) (string, bool) {
	switch letter {
	case 'A':
		return weekdayNames[moment.Weekday()], true
	case 'a':
		return weekdayShort[moment.Weekday()], true
	case 'B':
		return monthNames[moment.Month()-1], true
	case 'b', 'h':
		return string([]rune(monthNames[moment.Month()-1])[:3]), true
	case 'e':
		return fmt.Sprintf("%2d", moment.Day()), true
	case 'j':
		return fmt.Sprintf("%03d", moment.YearDay()), true
	case 'u':
		return fmt.Sprint(isoWeekday(moment)), true
	case 'w':
		return fmt.Sprint(int(moment.Weekday())), true
	case 's':
		return fmt.Sprint(moment.Unix()), true
	case '%':
		return "%", true
	}
	layout, known := directiveLayouts[letter]
	return moment.Format(layout), known
}

// directiveLayouts are the directives that Go's own layouts can write.
var directiveLayouts = map[byte]string{
	'd': "02", 'm': "01", 'Y': "2006", 'y': "06", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'P': "pm",
	'z': "-0700", 'Z': "MST", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
}
