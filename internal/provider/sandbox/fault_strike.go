package sandbox

import (
	"fmt"
	random "math/rand/v2"
	"slices"
	"time"

	"retoma/internal/fault"
)

// strikes tells whether a fault meets what is done now between a number and a customer, uses it up, and gives its parameters.
// What stands for always in the number's set is asked first. The caller holds the lock.
func (s *Server) strikes(name, phoneNumberID, customer string) (arguments, bool) {
	return s.strikesIf(name, phoneNumberID, customer, func(arguments) bool { return true })
}

// strikesIf is [Server.strikes] for what is met only with some parameters.
func (s *Server) strikesIf(name, phoneNumberID, customer string, fits func(arguments) bool) (arguments, bool) {
	if a, is := s.faults.of(phoneNumberID).standing(name); is {
		return a, true
	}
	for _, a := range s.faults.rules {
		if a.rule.Fault == name && a.meets(phoneNumberID, customer) && a.active(s.now()) && fits(a.arguments) && a.happens(s.faults.chance) {
			a.struck++
			return a.arguments, true
		}
	}
	return nil, false
}

// struck is [Server.strikes] for a fault without parameters.
func (s *Server) struck(name, phoneNumberID, customer string) bool {
	_, hit := s.strikes(name, phoneNumberID, customer)
	return hit
}

// newChance makes the source that decides about probabilities, apart from that of the ids so that neither disturbs the other.
func newChance(seed uint64) *random.Rand { return random.New(random.NewPCG(seed, 1)) }

func (a *armed) meets(phoneNumberID, customer string) bool {
	return (a.rule.PhoneNumberID == "" || a.rule.PhoneNumberID == phoneNumberID) &&
		(len(a.rule.Phones) == 0 || slices.ContainsFunc(a.rule.Phones, func(phone string) bool { return canonical(phone) == customer }))
}

// active tells whether it is its time and it is not used up.
func (a *armed) active(now time.Time) bool {
	return (a.rule.Count == 0 || a.struck < a.rule.Count) && !now.Before(a.from) && (a.until.IsZero() || now.Before(a.until))
}

func (a *armed) happens(chance *random.Rand) bool {
	return a.rule.Probability == nil || *a.rule.Probability == 1 || chance.Float64() < *a.rule.Probability
}

// standing gives the parameters of a fault that the set has on, and uses one up where it is counted.
func (f *Faults) standing(name string) (arguments, bool) {
	switch name {
	case faultLatency:
		return arguments{"ms": float64(f.LatencyMs)}, f.LatencyMs > 0
	case faultOutage:
		return arguments{"kind": string(f.Outage)}, f.Outage != NoOutage
	case faultHTMLError:
		return arguments{"status": 502.0, "accepts": f.HTMLErrorAccepts}, take(&f.HTMLError)
	case faultNextError:
		return f.takeError()
	case faultFailedStatus:
		return f.takeFailure()
	case faultAcceptTimeout:
		return arguments{"mode": f.TimeoutMode, "hangMs": float64(f.HangMs)}, take(&f.AcceptThenTimeout)
	case faultStatusFirst:
		return nil, f.StatusBeforeAnswer
	case faultAsync:
		return nil, f.AsyncErrors
	case faultNoReceipts:
		return nil, !f.ReadReceipts
	case faultDuplicate:
		return arguments{"copies": 1.0}, f.DuplicateWebhooks
	case faultDrop:
		return arguments{"only": "all"}, take(&f.DropWebhooks)
	case faultShuffle:
		return nil, f.ShuffleStatuses
	}
	return nil, false
}

// Arm switches a fault on, as POST api/faults with "fault" does.
func (s *Server) Arm(rules ...FaultRule) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arm(rules)
}

// arm switches on all rules or, if one is wrong, none. The caller holds the lock.
func (s *Server) arm(rules []FaultRule) error {
	ready := make([]*armed, 0, len(rules))
	for i, rule := range rules {
		a, err := arm(rule, s.now())
		if err != nil {
			return inList(i, len(rules), "arm", err)
		}
		ready = append(ready, a)
	}
	if len(s.faults.rules)+len(ready) > mostRules {
		return fault.Field("arm", "no máximo %d falhas armadas ao mesmo tempo", mostRules)
	}
	s.faults.rules = append(s.faults.rules, ready...)
	return nil
}

// inList names the field of an item's mistake; a list of one is not counted.
func inList(index, length int, list string, err error) error {
	if length == 1 {
		return err
	}
	bad := fault.Of(err)
	return fault.Field(fmt.Sprintf("%s[%d].%s", list, index, bad.Field), "%s", bad.Message)
}

// mostRules bounds the faults armed at once.
const mostRules = 1000

// Disarm takes away the rules of a fault; an empty name takes all. What stands in the sets stays.
func (s *Server) Disarm(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.disarm(name)
}

func (s *faultSets) disarm(name string) {
	s.rules = slices.DeleteFunc(s.rules, func(a *armed) bool { return name == "" || a.rule.Fault == name })
}

// shownFault is a kind of fault and whether it is on.
type shownFault struct {
	FaultKind
	On bool `json:"on"`
}

// known lists every fault with its present state.
func (s *faultSets) known(now time.Time) []shownFault {
	kinds := FaultKinds()
	shown := make([]shownFault, 0, len(kinds))
	for _, kind := range kinds {
		if kind.Parameters == nil {
			kind.Parameters = []FaultParameter{}
		}
		trial := s.general.clone()
		_, on := trial.standing(kind.Name)
		on = on || slices.ContainsFunc(s.rules, func(a *armed) bool { return a.rule.Fault == kind.Name && a.active(now) })
		shown = append(shown, shownFault{FaultKind: kind, On: on})
	}
	return shown
}

func (s *faultSets) armedView(now time.Time) []ArmedFault {
	view := make([]ArmedFault, 0, len(s.rules))
	for _, a := range s.rules {
		view = append(view, ArmedFault{FaultRule: a.rule, Struck: a.struck, Active: a.active(now)})
	}
	return view
}
