package expr

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// The kinds of values, in the words of error texts.
const (
	kindText = "texto"
	kindList = "lista"
	kindTime = "data"
)

// kindName says what a value is without showing it: values may be personal data.
func kindName(value any) string {
	switch value.(type) {
	case nil:
		return "nada"
	case string:
		return kindText
	case bool:
		return "verdadeiro/falso"
	case time.Time:
		return kindTime
	}
	if _, isNumber := asNumber(value); isNumber {
		return "número"
	}
	switch reflect.ValueOf(value).Kind() {
	case reflect.Slice, reflect.Array:
		return kindList
	case reflect.Map:
		return "objeto"
	default:
		return "um valor de outro tipo"
	}
}

// isScalar tells a value from a list or map.
func isScalar(value any) bool {
	switch value.(type) {
	case string, float64, int, bool, nil:
		return true
	case map[string]any, []any, []string:
		return false
	}
	switch reflect.ValueOf(value).Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return false
	default:
		return true
	}
}

// asNumber gives a number's value; texts are not numbers.
func asNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case float64:
		return value, true
	case int:
		return float64(value), true
	case int64:
		return float64(value), true
	case json.Number:
		number, err := value.Float64()
		return number, err == nil
	case nil, string, bool, map[string]any, []any, time.Time, time.Duration:
		return 0, false
	}
	reflected := reflect.ValueOf(value)
	switch {
	case reflected.CanInt():
		return float64(reflected.Int()), true
	case reflected.CanUint():
		return float64(reflected.Uint()), true
	case reflected.CanFloat():
		return reflected.Float(), true
	default:
		return 0, false
	}
}

// parseNumber reads a number written as 1234.5 or, as Brazilians write it, 1.234,5.
func parseNumber(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, ",") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	}
	if text == "" || strings.ContainsAny(text, "xXnNiI_pP") {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
		return 0, false
	}
	return number, true
}

// formatNumber writes a number for people and for ids: whole numbers without a fraction or exponent,
// others with a dot and without the noise of binary fractions.
func formatNumber(number float64) string {
	if number == math.Trunc(number) && math.Abs(number) < 1e18 {
		return strconv.FormatInt(int64(number), 10)
	}
	return strconv.FormatFloat(tidy(number), 'f', -1, 64)
}

// tidy takes the noise of binary fractions off: 0.1 + 0.2 is 0.3.
func tidy(number float64) float64 {
	if math.Abs(number) > 1e9 {
		return number
	}
	return math.Round(number*1e6) / 1e6
}

// formatScalar writes a value that is not a list or map; times as Brazilians write them.
func formatScalar(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case int:
		return strconv.Itoa(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case json.Number:
		return value.String(), true
	case time.Time:
		return value.Format("02/01/2006 15:04"), true
	}
	number, isNumber := asNumber(value)
	if !isNumber {
		return "", false
	}
	return formatNumber(number), true
}
