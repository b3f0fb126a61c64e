package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"retoma/internal/fault"
)

// Scenario is a rehearsal written down: how the sandbox begins and what happens in it when. Files hold it as YAML or JSON.
type Scenario struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Seed makes ids and chances repeatable; 0 leaves them as they are.
	Seed int64 `json:"seed"`
	// Clock sets the clock; Strict enforces Meta's usual limits, see [Options].
	Clock  *ScenarioClock `json:"clock"`
	Strict *bool          `json:"strict"`
	// FetchLinks fetches the links that businesses send, see [Options].
	FetchLinks *bool `json:"fetchLinks"`
	// Businesses are registered; Settings change businesses that there already are.
	Businesses []Business        `json:"-"`
	Settings   []ScenarioSetting `json:"-"`
	Customers  []ScenarioPhone   `json:"-"`
	Faults     []FaultRule       `json:"-"`
	Events     []ScenarioEvent   `json:"-"`
}

// ScenarioClock sets the clock before anything happens.
type ScenarioClock struct {
	// Virtual lets it stand still until it is advanced; Rate is how fast it goes otherwise.
	Virtual bool     `json:"virtual"`
	Rate    *float64 `json:"rate"`
	// Start is the time it begins at. Only a sandbox without messages goes back.
	Start *time.Time `json:"start"`
}

// ScenarioSetting changes a business; without PhoneNumberID the demonstration business.
type ScenarioSetting struct {
	PhoneNumberID string `json:"phoneNumberId"`
	BusinessChange
}

// ScenarioPhone is a customer's phone at the beginning.
type ScenarioPhone struct {
	Number string `json:"number"`
	PhoneChange
}

// ScenarioEvent is one thing that happens At a span after the scenario was loaded. One of the others is given.
type ScenarioEvent struct {
	At string `json:"at"`
	// Customer is the number of who writes (Write), does something (Do), has their phone changed (Set) or opens the chats (Read).
	Customer string       `json:"customer"`
	Write    *Incoming    `json:"write"`
	Do       *PhoneAction `json:"do"`
	Set      *PhoneChange `json:"set"`
	Read     bool         `json:"read"`
	// Echo is the business writing on its own phone; Business and Template change what Meta has decided about them.
	Echo     *ScenarioEcho     `json:"echo"`
	Business *ScenarioSetting  `json:"business"`
	Template *ScenarioTemplate `json:"template"`
	// Arm and Disarm switch faults on and off.
	Arm    []FaultRule `json:"arm"`
	Disarm string      `json:"disarm"`

	after time.Duration
}

// ScenarioEcho is a text from the business's own phone; without PhoneNumberID the demonstration business's.
type ScenarioEcho struct {
	PhoneNumberID string `json:"phoneNumberId"`
	To            string `json:"to"`
	Text          string `json:"text"`
}

// ScenarioTemplate is a change of the template with this name and language.
type ScenarioTemplate struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	TemplateChange
}

const (
	longestScenario = 1 << 20
	mostEvents      = 10_000
)

// ParseScenario reads a scenario; an error names the bad field.
func ParseScenario(document []byte) (*Scenario, error) {
	if len(document) > longestScenario {
		return nil, fault.New(fault.TooLarge, "o cenário passa de 1 MB")
	}
	// YAML contains JSON: both are read the same way and then held to the same names.
	var loose any
	if err := yaml.Unmarshal(document, &loose); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "o cenário não é YAML nem JSON válido")
	}
	plain, err := json.Marshal(loose)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "o cenário tem chaves que não são textos")
	}
	var file struct {
		Scenario
		Businesses []json.RawMessage `json:"businesses"`
		Settings   []json.RawMessage `json:"settings"`
		Customers  []json.RawMessage `json:"customers"`
		Faults     []json.RawMessage `json:"faults"`
		Events     []json.RawMessage `json:"events"`
	}
	if err := strictly(plain, &file, ""); err != nil {
		return nil, err
	}
	s := file.Scenario
	if s.Businesses, err = items[Business]("businesses", file.Businesses); err != nil {
		return nil, err
	}
	if s.Settings, err = items[ScenarioSetting]("settings", file.Settings); err != nil {
		return nil, err
	}
	if s.Customers, err = items[ScenarioPhone]("customers", file.Customers); err != nil {
		return nil, err
	}
	if s.Faults, err = items[FaultRule]("faults", file.Faults); err != nil {
		return nil, err
	}
	if s.Events, err = items[ScenarioEvent]("events", file.Events); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

func strictly(raw []byte, into any, path string) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	err := jsonFault(decoder.Decode(into))
	if err == nil {
		return nil
	}
	bad := fault.Of(err)
	// Parts of other types stand in the path by their type's name, which nobody wrote.
	for _, part := range []string{"Scenario", "BusinessChange", "PhoneChange", "TemplateChange"} {
		bad.Field = strings.ReplaceAll("."+bad.Field, "."+part+".", ".")[1:]
	}
	return under(path, bad)
}

// items decodes a list one by one, so that a mistake can be named with its place.
func items[T any](name string, raw []json.RawMessage) ([]T, error) {
	out := make([]T, len(raw))
	for i := range raw {
		if err := strictly(raw[i], &out[i], fmt.Sprintf("%s[%d]", name, i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// under puts a path before the field of a mistake.
func under(path string, err error) error {
	if err == nil || path == "" {
		return err
	}
	bad := fault.Of(err)
	field := path
	if bad.Field != "" {
		field += "." + bad.Field
	}
	return fault.Field(field, "%s", bad.Message)
}

// check refuses what can be known to be wrong before anything happens.
func (s *Scenario) check() error {
	if c := s.Clock; c != nil && c.Rate != nil && (c.Virtual || !(*c.Rate >= 0 && *c.Rate <= fastestRate)) {
		return fault.Field("clock.rate", "deve ser de 0 a %d, e sem virtual", fastestRate)
	}
	for i, b := range s.Businesses {
		if err := under(fmt.Sprintf("businesses[%d]", i), b.check()); err != nil {
			return err
		}
		if _, err := compileTemplates(b.Templates); err != nil {
			return under(fmt.Sprintf("businesses[%d]", i), err)
		}
	}
	for i, phone := range s.Customers {
		if _, err := customerNumber(phone.Number); err != nil {
			return under(fmt.Sprintf("customers[%d]", i), err)
		}
	}
	for i, rule := range s.Faults {
		if _, err := arm(rule, time.Time{}); err != nil {
			return under(fmt.Sprintf("faults[%d]", i), err)
		}
	}
	if len(s.Events) > mostEvents {
		return fault.Field("events", "no máximo %d", mostEvents)
	}
	for i := range s.Events {
		if err := under(fmt.Sprintf("events[%d]", i), s.Events[i].check()); err != nil {
			return err
		}
	}
	return nil
}

func (e *ScenarioEvent) check() error {
	var err error
	if e.after, err = parseSpan(orText(e.At, "0s")); err != nil || e.after < 0 {
		return fault.Field("at", "deve ser uma duração desde o começo, como 30s, 6h ou 2d")
	}
	personal, others := 0, 0
	for _, is := range []bool{e.Write != nil, e.Do != nil, e.Set != nil, e.Read} {
		if is {
			personal++
		}
	}
	for _, is := range []bool{e.Echo != nil, e.Business != nil, e.Template != nil, e.Arm != nil, e.Disarm != ""} {
		if is {
			others++
		}
	}
	switch {
	case personal+others != 1:
		return fault.Field("write", "informe exatamente um: write, do, set, read, echo, business, template, arm ou disarm")
	case personal == 1:
		if _, err := customerNumber(e.Customer); err != nil {
			return fault.Field("customer", "deve ter de 7 a 15 dígitos, com código do país, entre aspas")
		}
	case e.Customer != "":
		return fault.Field("customer", "só com write, do, set ou read")
	}
	for i, rule := range e.Arm {
		if _, err := arm(rule, time.Time{}); err != nil {
			return under(fmt.Sprintf("arm[%d]", i), err)
		}
	}
	return nil
}

// scenarioState is how far a scenario has come.
type scenarioState struct {
	Name   string    `json:"name"`
	About  string    `json:"about"`
	Loaded time.Time `json:"loadedAt"`
	Ends   time.Time `json:"endsAt"`
	Events int       `json:"events"`
	Done   int       `json:"done"`
	// Problems are events that could not happen, such as a tap on a button that no message has.
	Problems []string `json:"problems"`
}

// Load begins a scenario: all of it is checked first, then what there is at the beginning is set up, and what happens later is planned.
func (s *Server) Load(ctx context.Context, document []byte) error {
	scenario, err := ParseScenario(document)
	if err != nil {
		return err
	}
	return s.begin(ctx, scenario)
}

func (s *Server) getScenario(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scenario == nil {
		return nil, nil
	}
	state := *s.scenario
	return state, nil
}

func (s *Server) postScenario(r *http.Request) (any, error) {
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := s.Load(r.Context(), raw); err != nil {
		return nil, err
	}
	return s.getScenario(r)
}
