package sandbox

import (
	"context"
	"fmt"

	"retoma/internal/fault"
)

// begin sets a checked scenario up and plans its events.
func (s *Server) begin(ctx context.Context, sc *Scenario) error {
	if err := s.beginClock(ctx, sc); err != nil {
		return err
	}
	if err := s.beginState(sc); err != nil {
		return err
	}
	for _, phone := range sc.Customers {
		if _, err := s.SetPhone(phone.Number, phone.PhoneChange); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := &scenarioState{Name: sc.Name, About: sc.About, Loaded: s.now(), Ends: s.now(), Events: len(sc.Events), Problems: []string{}}
	s.scenario = state
	for i, event := range sc.Events {
		if ends := s.now().Add(event.after); ends.After(state.Ends) {
			state.Ends = ends
		}
		s.clock.after(event.after, func() { s.happen(state, i, event) })
	}
	return nil
}

func (s *Server) beginClock(ctx context.Context, sc *Scenario) error {
	if sc.Clock == nil {
		return nil
	}
	rate := 1.0
	if sc.Clock.Rate != nil {
		rate = *sc.Clock.Rate
	}
	if sc.Clock.Virtual {
		rate = 0
	}
	s.courier.setSerial(rate == 0)
	s.clock.setRate(rate, false)
	if sc.Clock.Start == nil {
		return nil
	}
	s.mu.Lock()
	empty := len(s.book.phones) == 0
	s.mu.Unlock()
	ahead := sc.Clock.Start.Sub(s.now())
	switch {
	case ahead >= 0:
		return s.Advance(ctx, ahead)
	case !empty:
		return fault.Field("clock.start", "o relógio não anda para trás quando já há mensagens")
	}
	s.clock.set(*sc.Clock.Start)
	return nil
}

// beginState changes what the lock guards.
func (s *Server) beginState(sc *Scenario) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc.Seed != 0 {
		issued := s.ids.issued
		s.ids = newIDs(sc.Seed)
		s.ids.skip(issued)
		s.faults.chance = newChance(s.ids.seed)
	}
	set(&s.fetchLinks, sc.FetchLinks)
	set(&s.strict, sc.Strict)
	for i, b := range sc.Businesses {
		if err := under(fmt.Sprintf("businesses[%d]", i), s.registry.put(b)); err != nil {
			return err
		}
	}
	for i, setting := range sc.Settings {
		if err := under(fmt.Sprintf("settings[%d]", i), s.changeBusiness(setting.PhoneNumberID, setting.BusinessChange)); err != nil {
			return err
		}
	}
	return under("faults", s.arm(sc.Faults))
}

// happen lets one event happen; what cannot is noted and does not stop the rest.
func (s *Server) happen(state *scenarioState, index int, e ScenarioEvent) {
	err := s.act(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Done++
	if err != nil {
		problem := fmt.Sprintf("events[%d] (%s): %s", index, orText(e.At, "0s"), err.Error())
		state.Problems = append(state.Problems, problem)
		s.options.Logger.Warn("an event of the scenario could not happen", "problem", problem)
	}
}

func (s *Server) act(e ScenarioEvent) error {
	var err error
	switch {
	case e.Write != nil:
		_, err = s.Write(e.Customer, *e.Write)
	case e.Do != nil:
		_, err = s.Do(e.Customer, *e.Do)
	case e.Set != nil:
		_, err = s.SetPhone(e.Customer, *e.Set)
	case e.Read:
		s.Read(e.Customer)
	case e.Echo != nil:
		err = s.scenarioEcho(*e.Echo)
	case e.Business != nil:
		err = s.ChangeBusiness(e.Business.PhoneNumberID, e.Business.BusinessChange)
	case e.Template != nil:
		err = s.scenarioTemplate(*e.Template)
	case e.Arm != nil:
		err = s.Arm(e.Arm...)
	default:
		s.Disarm(e.Disarm)
	}
	return err
}

func (s *Server) scenarioEcho(echo ScenarioEcho) error {
	s.mu.Lock()
	b, err := s.registry.choose("", echo.PhoneNumberID)
	id := ""
	if err == nil {
		id = b.PhoneNumberID
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = s.Echo(id, echo.To, echo.Text)
	return err
}

func (s *Server) scenarioTemplate(change ScenarioTemplate) error {
	s.mu.Lock()
	id := ""
	for _, number := range s.registry.order {
		if t := s.registry.accounts[s.registry.businesses[number].WabaID].template(change.Name, change.Language); t != nil && id == "" {
			id = t.ID
		}
	}
	s.mu.Unlock()
	if id == "" {
		return fault.New(fault.NotFound, "modelo %s (%s) não encontrado", change.Name, change.Language)
	}
	return s.ChangeTemplate(id, change.TemplateChange)
}
