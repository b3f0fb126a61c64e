package sandbox

import (
	"bytes"
	"encoding/json"
	random "math/rand/v2"
	"strings"

	"retoma/internal/fault"
)

// faultSets are the faults in general and those of single numbers. A number's own set begins as a copy of the general one at
// the first change made for it, and from then on is all that counts for it.
type faultSets struct {
	general Faults
	numbers map[string]*Faults
	// rules are the faults armed under conditions, in the order of their arming; chance decides about probabilities.
	rules  []*armed
	chance *random.Rand
}

func newFaultSets() *faultSets {
	return &faultSets{general: noFaults(), numbers: map[string]*Faults{}}
}

// of gives the set that counts for a number.
func (s *faultSets) of(phoneNumberID string) *Faults {
	if own := s.numbers[phoneNumberID]; own != nil {
		return own
	}
	return &s.general
}

// merge changes what a JSON document names and leaves the rest; null takes a fault away.
func (s *faultSets) merge(raw []byte) error {
	var named struct {
		PhoneNumberID    string          `json:"phoneNumberId"`
		NextError        json.RawMessage `json:"nextError"`
		NextFailedStatus json.RawMessage `json:"nextFailedStatus"`
	}
	if err := jsonFault(json.Unmarshal(raw, &named)); err != nil {
		return err
	}
	merged := s.of(named.PhoneNumberID).clone()
	if named.NextError != nil {
		merged.NextError = nil
	}
	if named.NextFailedStatus != nil {
		merged.NextFailedStatus = nil
	}
	change := struct {
		PhoneNumberID string `json:"phoneNumberId"`
		*Faults
	}{Faults: &merged}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := jsonFault(decoder.Decode(&change)); err != nil {
		bad := fault.Of(err)
		bad.Field = strings.TrimPrefix(bad.Field, "Faults.")
		return bad
	}
	if err := merged.check(); err != nil {
		return err
	}
	s.set(named.PhoneNumberID, merged)
	return nil
}

func (s *faultSets) set(phoneNumberID string, f Faults) {
	if phoneNumberID == "" {
		s.general = f
		return
	}
	s.numbers[phoneNumberID] = &f
}

// reset takes away all faults, or only a number's own set.
func (s *faultSets) reset(phoneNumberID string) {
	if phoneNumberID != "" {
		delete(s.numbers, phoneNumberID)
		return
	}
	s.general, s.numbers, s.rules = noFaults(), map[string]*Faults{}, nil
}

// faultsView is what the API shows.
type faultsView struct {
	Faults
	Numbers map[string]Faults `json:"numbers"`
	// Armed are the rules, Known all faults there are; both only where they are shown, not where they are saved.
	Armed []ArmedFault `json:"armed,omitempty"`
	Known []shownFault `json:"known,omitempty"`
}

func (s *faultSets) view() faultsView {
	view := faultsView{Faults: s.general.clone(), Numbers: make(map[string]Faults, len(s.numbers))}
	for id, own := range s.numbers {
		view.Numbers[id] = own.clone()
	}
	return view
}
