package expr

import "math"

// arithmetic makes a filter over two numbers.
func arithmetic(calculate func(a, b float64) float64) func(filterInput) (any, error) {
	return func(input filterInput) (any, error) {
		number, err := numberOf(input.data)
		if err != nil {
			return nil, err
		}
		return finite(calculate(number, input.given[0].(float64)))
	}
}

// divide divides; whole numbers give a whole number, rounded down, as in Liquid.
func divide(input filterInput) (any, error) {
	number, err := numberOf(input.data)
	if err != nil {
		return nil, err
	}
	divisor := input.given[0].(float64)
	if divisor == 0 {
		return nil, mistake("divisão por zero")
	}
	if isWhole(number) && isWhole(divisor) {
		return finite(math.Floor(number / divisor))
	}
	return finite(number / divisor)
}

// roundTo rounds to so many decimals (0), halves away from zero.
func roundTo(input filterInput) (any, error) {
	number, err := numberOf(input.data)
	if err != nil {
		return nil, err
	}
	decimals := 0.0
	if len(input.given) > 0 {
		decimals = min(max(math.Trunc(input.given[0].(float64)), 0), 6)
	}
	scale := math.Pow(10, decimals)
	if math.Abs(number) > 1e12 {
		return finite(number)
	}
	return finite(math.Round(tidy(number)*scale) / scale)
}

func isWhole(number float64) bool { return number == math.Trunc(number) }

// finite refuses what no number can hold.
func finite(number float64) (any, error) {
	if math.IsInf(number, 0) || math.IsNaN(number) {
		return nil, mistake("o resultado é grande demais")
	}
	return tidy(number), nil
}
