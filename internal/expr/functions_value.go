package expr

import (
	"math"
	"reflect"
	"time"
	"unicode/utf8"
)

// length is len(x): characters of a text, items of a list or map; 0 for nil.
func length(m *meter, arguments []any) (any, error) {
	switch value := arguments[0].(type) {
	case nil:
		return 0, nil
	case string:
		return utf8.RuneCountInString(value), m.chargeText(value)
	}
	if isScalar(arguments[0]) {
		return nil, mistake("len conta textos e listas, e há %s", kindName(arguments[0]))
	}
	return reflect.ValueOf(arguments[0]).Len(), nil
}

// onText makes a function from text to text, whose price is so many steps for 8 bytes; the text is bounded as + is,
// because the result may be a little longer.
func onText(name string, price int, change func(string) string) func(*meter, []any) (any, error) {
	return func(m *meter, arguments []any) (any, error) {
		if arguments[0] == nil {
			return nil, nil
		}
		text, isText := arguments[0].(string)
		if !isText {
			return nil, mistake("%s espera texto, e há %s", name, kindName(arguments[0]))
		}
		if len(text) > maxJoinedBytes {
			return nil, mistake("%s recebe um texto de mais de %d bytes", name, maxJoinedBytes)
		}
		if err := m.charge(1 + len(text)*price/8); err != nil {
			return nil, err
		}
		return change(text), nil
	}
}

// onNumber makes a function from number to number.
func onNumber(name string, change func(float64) float64) func(*meter, []any) (any, error) {
	return func(_ *meter, arguments []any) (any, error) {
		if arguments[0] == nil {
			return nil, nil
		}
		number, isNumber := asNumber(arguments[0])
		if !isNumber {
			return nil, mistake("%s espera um número, e há %s; converta com float()", name, kindName(arguments[0]))
		}
		return change(number), nil
	}
}

func absolute(number float64) float64      { return math.Abs(number) }
func roundHalfAway(number float64) float64 { return math.Round(number) }
func roundDown(number float64) float64     { return math.Floor(number) }
func roundUp(number float64) float64       { return math.Ceil(number) }

// toFloat is float(x): a number, or a text that is one.
func toFloat(m *meter, arguments []any) (any, error) {
	switch value := arguments[0].(type) {
	case nil:
		return nil, nil
	case string:
		if err := m.chargeText(value); err != nil {
			return nil, err
		}
		number, isNumber := parseNumber(value)
		if !isNumber {
			return nil, mistake("o texto não é um número")
		}
		return number, nil
	}
	number, isNumber := asNumber(arguments[0])
	if !isNumber {
		return nil, mistake("não se converte %s em número", kindName(arguments[0]))
	}
	return number, nil
}

// toInt is int(x): as float(x), without the fraction.
func toInt(m *meter, arguments []any) (any, error) {
	number, err := toFloat(m, arguments)
	if err != nil || number == nil {
		return nil, err
	}
	if math.Abs(number.(float64)) >= 1<<63 {
		return nil, mistake("o número é grande demais para int()")
	}
	return int(number.(float64)), nil
}

// toText is string(x), for values that are not lists or maps.
func toText(m *meter, arguments []any) (any, error) {
	if arguments[0] == nil {
		return nil, nil
	}
	text, isScalar := formatScalar(arguments[0])
	if !isScalar {
		return nil, mistake("não se converte %s em texto", kindName(arguments[0]))
	}
	return text, m.chargeText(text)
}

// extreme makes min and max over numbers, or over the items of one list; nil is passed over.
func extreme(name string, better func(a, b float64) bool) func(*meter, []any) (any, error) {
	return func(m *meter, arguments []any) (any, error) {
		if len(arguments) == 1 && kindName(arguments[0]) == kindList {
			arguments = items(arguments[0])
		}
		if err := m.charge(len(arguments)); err != nil {
			return nil, err
		}
		var best any
		for _, argument := range arguments {
			if argument == nil {
				continue
			}
			number, isNumber := asNumber(argument)
			if !isNumber {
				return nil, mistake("%s espera números, e há %s", name, kindName(argument))
			}
			if best == nil || better(number, best.(float64)) {
				best = number
			}
		}
		return best, nil
	}
}

// items gives any list as []any.
func items(value any) []any {
	if plain, isPlain := value.([]any); isPlain {
		return plain
	}
	reflected := reflect.ValueOf(value)
	all := make([]any, reflected.Len())
	for i := range all {
		all[i] = reflected.Index(i).Interface()
	}
	return all
}

// onTime makes a function that reads one part of a moment, in the moment's own zone: now has the local one.
func onTime(name string, part func(time.Time) int) func(*meter, []any) (any, error) {
	return func(_ *meter, arguments []any) (any, error) {
		if arguments[0] == nil {
			return nil, nil
		}
		moment, isTime := arguments[0].(time.Time)
		if !isTime {
			return nil, mistake("%s espera uma data como now, e há %s", name, kindName(arguments[0]))
		}
		return part(moment), nil
	}
}

func clockHour(moment time.Time) int   { return moment.Hour() }
func clockMinute(moment time.Time) int { return moment.Minute() }
func monthDay(moment time.Time) int    { return moment.Day() }
func yearMonth(moment time.Time) int   { return int(moment.Month()) }

// isoWeekday is 1 for Monday to 7 for Sunday (ISO 8601).
func isoWeekday(moment time.Time) int { return (int(moment.Weekday())+6)%7 + 1 }
