package expr

import "encoding/json"

// member reads base.key or base[key]; whatever is not there is nil. A negative index counts from the end.
func member(_ *meter, arguments []any) (any, error) {
	return lookUp(arguments[0], arguments[1]), nil
}

func lookUp(base, key any) any {
	switch base := base.(type) {
	case map[string]any:
		if name, isName := key.(string); isName {
			return plain(base[name])
		}
	case map[string]string:
		if name, isName := key.(string); isName {
			if text, found := base[name]; found {
				return text
			}
		}
	case []any:
		if i, found := indexIn(key, len(base)); found {
			return plain(base[i])
		}
	case []string:
		if i, found := indexIn(key, len(base)); found {
			return base[i]
		}
	case []map[string]any:
		if i, found := indexIn(key, len(base)); found {
			return base[i]
		}
	}
	return nil
}

// plain gives a number that was kept as its JSON text its value.
func plain(value any) any {
	if number, isNumber := value.(json.Number); isNumber {
		if amount, err := number.Float64(); err == nil {
			return amount
		}
	}
	return value
}

func indexIn(key any, length int) (int, bool) {
	number, isNumber := asNumber(key)
	if !isNumber || number != float64(int(number)) {
		return 0, false
	}
	i := int(number)
	if i < 0 {
		i += length
	}
	return i, i >= 0 && i < length
}
