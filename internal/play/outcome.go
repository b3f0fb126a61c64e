package play

import (
	"maps"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// This file holds what comes of messages: the provider's answers, and the texts of assistants.

func (s *stage) nextOutcome() time.Time {
	var next time.Time
	for _, one := range s.outbox {
		if one.state != queued {
			next = earliest(next, one.at)
		}
	}
	return next
}

// land notes the earliest outcome.
func (s *stage) land() error {
	var landed *item
	for _, one := range s.outbox {
		if one.state != queued && (landed == nil || one.at.Before(landed.at)) {
			landed = one
		}
	}
	if landed.state == writing {
		return s.written(landed)
	}
	switch problem := landed.outcome.failed; {
	case problem == nil:
		return s.accept(landed)
	case problem.Code == fault.OutsideWindow && s.useTemplate(landed):
		return nil
	default:
		return s.fail(landed, problem)
	}
}

// accept ends a message that the provider took; clocks start at it unless the customer has spoken meanwhile.
func (s *stage) accept(taken *item) error {
	s.done(taken)
	if taken.sends {
		s.last = taken.message.ID
		s.world.Conversation.OutboundAt = latest(s.world.Conversation.OutboundAt, s.now)
	}
	if err := s.result(taken, flows.ActionResult{ActionID: taken.message.ID, At: s.now, MessageID: taken.message.ID}); err != nil {
		return err
	}
	answered := s.heard > taken.heard && !s.world.Conversation.CustomerAt.Add(chat.SameMoment).Before(s.now)
	if taken.message.FollowUpID != "" && s.flow.Definition().Rearm && !answered {
		s.world.Conversation = s.world.Conversation.FollowedUpBy(s.flow.ID)
	}
	if !taken.sends || taken.message.FollowUpID != "" || answered {
		return nil
	}
	return s.spoke(taken.message.ID)
}

// useTemplate sends the template after the provider itself said that the window is closed.
func (s *stage) useTemplate(refused *item) bool {
	template := refused.message.FallbackTemplate
	if template == nil || refused.message.Content.Type == chat.TemplateUse {
		return false
	}
	s.world.Conversation.WindowClosedAt = s.now
	s.show("·", "o provedor disse que a janela fechou: vai o template")
	refused.message.Content = chat.Content{Type: chat.TemplateUse, Text: template.Text, Template: template}
	refused.state, refused.at = queued, s.now
	return true
}

// write gives a message to its assistant. Until the text is there it can be taken back.
func (s *stage) write(wanted *item) {
	asked := wanted.message.Content.Writing
	s.show("✎", "o assistente escreve: %s", asked.Prompt)
	for _, name := range slices.Sorted(maps.Keys(asked.Data)) {
		s.show("·", "dado %s: %s", name, asked.Data[name])
	}
	wanted.outcome = next(&s.drafts)
	wanted.state, wanted.at = writing, s.now.Add(wanted.outcome.after)
}

// written puts the assistant's text in the place of its prompt, or without one the author's fallback; the message is then
// judged again.
func (s *stage) written(by *item) error {
	asked := by.message.Content.Writing
	text := by.outcome.text
	switch problem := by.outcome.failed; {
	case problem != nil && asked.Fallback == "":
		return s.fail(by, problem)
	case problem != nil:
		s.show("·", "o assistente falhou (%s): vai o texto de reserva", problem.Code)
		text = asked.Fallback
	case text == "":
		text = "[o assistente escreve: " + asked.Prompt + "]"
	}
	by.message.Content = chat.Content{Type: chat.Text, Text: text}
	by.state, by.at = queued, s.now
	return nil
}
