package expr

import (
	"retoma/internal/fault"
)

// meter counts the work of one evaluation. The virtual machine cannot be cancelled and counts neither strings nor loops
// over the caller's lists, so every loop pass and every operation that grows with its data pays here first.
type meter struct{ left int }

// charge pays for steps of work; the error ends the evaluation.
func (m *meter) charge(steps int) error {
	m.left -= steps
	if m.left < 0 || steps < 0 {
		m.left = 0
		return fault.New(fault.Invalid, "custa demais para ser avaliada (listas ou textos grandes demais)")
	}
	return nil
}

// chargeText pays for one pass over a text.
func (m *meter) chargeText(text string) error { return m.charge(1 + len(text)/16) }

// chargeDeep pays for a walk over everything inside a value.
func (m *meter) chargeDeep(value any) error {
	switch value := value.(type) {
	case string:
		return m.chargeText(value)
	case []any:
		for _, item := range value {
			if err := m.chargeDeep(item); err != nil {
				return err
			}
		}
	case []string:
		for _, item := range value {
			if err := m.chargeText(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, item := range value {
			if err := m.chargeDeep(item); err != nil {
				return err
			}
		}
	}
	return m.charge(2)
}
