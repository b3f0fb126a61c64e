package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"retoma/internal/fault"
)

// FaultRule switches a fault on, always or under conditions; all of them must hold.
type FaultRule struct {
	// Fault is the name; With are its parameters, those not given have their defaults.
	Fault string         `json:"fault"`
	With  map[string]any `json:"with,omitempty"`
	// Probability is the chance that it strikes, above 0 up to 1; not given is always.
	Probability *float64 `json:"probability,omitempty"`
	// Count is how often it strikes at most; 0 is without end.
	Count int `json:"count,omitempty"`
	// From and Until bound the time in which it strikes: moments (RFC 3339) or spans from the arming ("2h").
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	// Phones are the customers it strikes; none are all. PhoneNumberID is the business's number; empty is any.
	Phones        []string `json:"phones,omitempty"`
	PhoneNumberID string   `json:"phoneNumberId,omitempty"`
}

// ArmedFault is a rule as the API shows it.
type ArmedFault struct {
	FaultRule
	// Struck is how often it has; Active whether it can at present.
	Struck int  `json:"struck"`
	Active bool `json:"active"`
}

// armed is a rule with its parameters complete and its times known.
type armed struct {
	rule        FaultRule
	arguments   arguments
	from, until time.Time
	struck      int
}

// arguments are a fault's parameters, complete and checked.
type arguments map[string]any

func (a arguments) number(name string) float64 { n, _ := a[name].(float64); return n }
func (a arguments) whole(name string) int      { return int(a.number(name)) }
func (a arguments) text(name string) string    { t, _ := a[name].(string); return t }
func (a arguments) on(name string) bool        { b, _ := a[name].(bool); return b }
func (a arguments) seconds(name string) time.Duration {
	return time.Duration(a.number(name) * float64(time.Second))
}
func (a arguments) millis(name string) time.Duration {
	return time.Duration(a.number(name) * float64(time.Millisecond))
}

// kindOf finds a fault by its name.
func kindOf(name string) (FaultKind, bool) {
	kinds := FaultKinds()
	if i := slices.IndexFunc(kinds, func(k FaultKind) bool { return k.Name == name }); i >= 0 {
		return kinds[i], true
	}
	return FaultKind{}, false
}

// defaults are the arguments of a fault that was given none.
func (k FaultKind) defaults() arguments {
	out := arguments{}
	for _, p := range k.Parameters {
		out[p.Name] = p.Default
	}
	return out
}

// arm checks a rule; an error names the bad field.
func arm(rule FaultRule, now time.Time) (*armed, error) {
	kind, known := kindOf(rule.Fault)
	if !known {
		return nil, fault.Field("fault", "falha desconhecida: %q; GET api/faults mostra todas", rule.Fault)
	}
	a := &armed{rule: rule}
	var err error
	if a.arguments, err = kind.complete(rule.With); err != nil {
		return nil, err
	}
	// Written so that what is not a number is refused, too.
	if p := rule.Probability; p != nil && !(*p > 0 && *p <= 1) {
		return nil, fault.Field("probability", "deve ser maior que 0 e até 1")
	}
	if rule.Count < 0 {
		return nil, fault.Field("count", "não pode ser negativo")
	}
	if a.from, err = moment("from", rule.From, now); err != nil {
		return nil, err
	}
	if a.until, err = moment("until", rule.Until, now); err != nil {
		return nil, err
	}
	if !a.until.IsZero() && !a.until.After(a.from) {
		return nil, fault.Field("until", "deve ser depois de from")
	}
	// As moments they mean the same after a restart.
	a.rule.From, a.rule.Until = written(a.from), written(a.until)
	a.rule.Phones = slices.Clone(rule.Phones)
	for i, phone := range rule.Phones {
		if a.rule.Phones[i], err = customerNumber(phone); err != nil {
			return nil, fault.Field(fmt.Sprintf("phones[%d]", i), "deve ter de 7 a 15 dígitos, com código do país")
		}
	}
	return a, nil
}

// moment reads a time or a span from now; empty is the zero time.
func moment(field, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	span, err := parseSpan(text)
	if err != nil || span < 0 {
		return time.Time{}, fault.Field(field, "deve ser um momento (2026-03-02T12:00:00Z) ou uma duração a partir de agora (2h)")
	}
	return now.Add(span), nil
}

func written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// complete checks parameters and adds those not given.
func (k FaultKind) complete(given map[string]any) (arguments, error) {
	out := k.defaults()
	for name, value := range given {
		i := slices.IndexFunc(k.Parameters, func(p FaultParameter) bool { return p.Name == name })
		if i < 0 {
			return nil, fault.Field("with."+name, "parâmetro desconhecido de %s", k.Name)
		}
		checked, err := k.Parameters[i].check(value)
		if err != nil {
			return nil, err
		}
		out[name] = checked
	}
	return out, nil
}

func (p FaultParameter) check(value any) (any, error) {
	// YAML and Go write whole numbers as integers, JSON does not.
	switch n := value.(type) {
	case int:
		value = float64(n)
	case int64:
		value = float64(n)
	}
	wrong := func(format string, args ...any) (any, error) {
		return nil, fault.Field("with."+p.Name, format, args...)
	}
	switch p.Kind {
	case "switch":
		if _, is := value.(bool); !is {
			return wrong("deve ser true ou false")
		}
	case "text":
		if _, is := value.(string); !is {
			return wrong("deve ser um texto")
		}
	default:
		n, is := value.(float64)
		if !is {
			return wrong("deve ser um número")
		}
		if len(p.Choices) == 0 && !(n >= p.Min && n <= p.Max) {
			return wrong("deve ser de %v a %v", p.Min, p.Max)
		}
	}
	if len(p.Choices) > 0 && !slices.Contains(p.Choices, value) {
		choices := make([]string, len(p.Choices))
		for i, c := range p.Choices {
			choices[i] = fmt.Sprint(c)
		}
		return wrong("deve ser um de: %s", strings.Join(choices, ", "))
	}
	return value, nil
}

// decodeRules reads one rule {"fault":…} or several {"arm":[…]}.
func decodeRules(raw []byte) ([]FaultRule, error) {
	var one struct {
		FaultRule
		Arm []FaultRule `json:"arm"`
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := jsonFault(decoder.Decode(&one)); err != nil {
		bad := fault.Of(err)
		bad.Field = strings.TrimPrefix(bad.Field, "FaultRule.")
		return nil, bad
	}
	if one.Fault != "" && one.Arm != nil {
		return nil, fault.Field("arm", "informe fault ou arm, não os dois")
	}
	if one.Arm != nil {
		return one.Arm, nil
	}
	return []FaultRule{one.FaultRule}, nil
}
