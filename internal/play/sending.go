package play

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// take shows what a turn decided and carries it out.
func (s *stage) take(turn flows.Turn) error {
	before := s.run
	s.run = &turn.Run
	for _, entry := range turn.Log {
		s.entry(entry)
	}
	for _, followUp := range turn.FollowUps {
		s.followUp(followUp)
	}
	for _, action := range turn.Actions {
		if err := s.perform(action); err != nil {
			return err
		}
	}
	if turn.Run.State != flows.Waiting && (before == nil || before.ID != turn.Run.ID || before.State == flows.Waiting) {
		s.ended(turn.Run)
	}
	return nil
}

// perform sends, now; the outcome comes when the script says.
func (s *stage) perform(action flows.Action) error {
	if action.Name != flows.SendMessage && action.Name != flows.SendTemplate {
		s.fact("action", "»", action.Name+" "+string(action.Params))
		s.flights = append(s.flights, flight{at: s.now, action: action})
		return nil
	}
	var params flows.SendParams
	if err := json.Unmarshal(action.Params, &params); err != nil {
		return errUnreadable
	}
	outcome := Step{Result: "accepted"}
	if len(s.upcoming) > 0 {
		outcome, s.upcoming = s.upcoming[0], s.upcoming[1:]
	}
	landing := flight{at: s.now.Add(outcome.after), action: action, failed: outcome.failure()}
	text, allowed := s.choose(params)
	if !allowed {
		landing.failed = fault.New(fault.OutsideWindow, "fora da janela de 24 horas e sem template")
	} else if landing.failed == nil {
		s.fact("send", "→", text)
		s.world.Conversation.OutboundAt = s.now
	}
	s.flights = append(s.flights, landing)
	return nil
}

// choose is what leaves: the message while the window is open, else its template.
func (s *stage) choose(params flows.SendParams) (text string, allowed bool) {
	closed := s.script.Window && !s.world.Conversation.WindowOpen(s.now)
	if params.Template != nil && (closed || params.Content.Type == "") {
		return showTemplate(*params.Template), true
	}
	return showContent(params.Content), !closed
}

func showContent(content chat.Content) string {
	if content.Media == nil {
		return content.Text
	}
	return strings.TrimSpace(fmt.Sprintf("[%s %s] %s", content.Type, content.Media.Link, content.Text))
}

func showTemplate(template flows.TemplateWanted) string {
	text := fmt.Sprintf("[template %s %s]", template.Name, template.Language)
	for _, name := range slices.Sorted(maps.Keys(template.Variables.Named)) {
		text += " " + name + "=" + template.Variables.Named[name]
	}
	for i, value := range template.Variables.List {
		text += fmt.Sprintf(" %d=%s", i+1, value)
	}
	return text
}

func (s *stage) nextFlight() time.Time {
	var next time.Time
	for _, one := range s.flights {
		next = earliest(next, one.at)
	}
	return next
}

// land gives the outcome of the earliest send to the run, if it waits for it.
func (s *stage) land() error {
	first := 0
	for i, one := range s.flights {
		if one.at.Before(s.flights[first].at) {
			first = i
		}
	}
	landed := s.flights[first]
	s.flights = slices.Delete(s.flights, first, first+1)
	if landed.failed != nil && landed.action.FollowUpID == "" {
		s.fact("failed", "✗", string(landed.failed.Code))
	}
	return s.tell(flows.Input{Kind: flows.Result, Result: &flows.ActionResult{
		ActionID: landed.action.ID, At: s.now, Error: landed.failed, MessageID: landed.action.ID,
	}})
}
