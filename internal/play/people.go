package play

import (
	"cmp"
	"slices"

	"retoma/flows"
	"retoma/internal/chat"
)

// This file holds what people and platforms do, told to the flow in the worker's order.

func (s *stage) step(step Step) error {
	switch {
	case step.Customer != "" || step.Choice != "":
		return s.customer(step)
	case step.Agent != "":
		return s.agent(step.Agent)
	case step.API != "":
		return s.platformWrites(step.API)
	case step.Enrol:
		s.show("◆", "inscrição")
		return s.enrol(step.Vars)
	case step.Event != "":
		return s.event(step)
	case step.Human:
		s.show("◆", "uma pessoa assume a conversa")
		return s.takeOver()
	case step.Result != "":
		s.results = append(s.results, step.outcome)
	case step.Assistant != "":
		s.drafts = append(s.drafts, step.outcome)
	case step.Undelivered:
		s.show("✗", "o provedor não entregou a nossa última mensagem")
		return s.tell(flows.Input{Kind: flows.Refused, MessageID: s.last})
	case step.Stop != "":
		return s.tell(flows.Input{Kind: flows.Stop, Reason: step.Stop})
	case step.Skip:
		return s.tell(flows.Input{Kind: flows.Skip})
	default:
		return s.change(step)
	}
	return nil
}

// customer lets a message come in: every run hears it; unless one of them was waiting for it, it may start the flow.
func (s *stage) customer(step Step) error {
	s.show("←", "%s", cmp.Or(step.Customer, step.Choice))
	content := chat.Content{Type: chat.Text, Text: step.Customer, Choice: step.Choice}
	if step.Choice != "" {
		content.Type = chat.ButtonReply
	}
	event := s.dated(chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: content}})
	first := s.world.Conversation.CustomerAt.IsZero()
	s.world.Conversation.CustomerAt, s.world.Conversation.Unanswered = s.now, ""
	s.heard++
	taken := false
	for _, run := range s.waiting() {
		if err := s.advance(run, flows.Input{Kind: flows.Reply, Event: &event}); err != nil {
			return err
		}
		taken = taken || run.Wait.Reply
	}
	if taken {
		return nil
	}
	if first {
		started := event
		started.Name = chat.ConversationStarted
		if err := s.start(started); err != nil {
			return err
		}
	}
	return s.start(event)
}

// agent lets a person of the business write, which is a takeover and a message of ours.
func (s *stage) agent(text string) error {
	s.show("⇢", "atendente: %s", text)
	s.world.Conversation.OutboundAt = s.now
	if err := s.takeOver(); err != nil {
		return err
	}
	s.last = s.messageID()
	return s.spoke(s.last)
}

func (s *stage) takeOver() error {
	s.world.Conversation.AgentAt = s.now
	event := s.dated(chat.Event{Name: chat.AgentWrote})
	return s.tell(flows.Input{Kind: flows.Human, Event: &event})
}

// spoke tells the runs that we wrote, and then lets the flow start on it.
func (s *stage) spoke(messageID string) error {
	event := s.dated(chat.Event{ID: messageID, Name: chat.MessageSent})
	if err := s.tell(flows.Input{Kind: flows.Outbound, Event: &event}); err != nil {
		return err
	}
	return s.start(event)
}

// event lets a platform tell of something.
func (s *stage) event(step Step) error {
	s.show("◆", "evento %s", step.Event)
	name := chat.EventName(step.Event)
	if name == "stage.entered" {
		name = chat.StageEntered
	}
	return s.happened(s.dated(chat.Event{Name: name, Data: step.Data}))
}

// change lets the contact change, and tells of it what the gateway tells of a PATCH.
func (s *stage) change(step Step) error {
	before := s.world.Contact
	after := before
	switch {
	case step.Contact != nil:
		s.show("◆", "o contato mudou")
		after = step.Contact.contact()
	case step.Tag != "":
		s.show("◆", "o contato recebe a etiqueta %q", step.Tag)
		if !slices.Contains(before.Tags, step.Tag) {
			after.Tags = append(slices.Clone(before.Tags), step.Tag)
		}
	case step.Stage != "":
		s.show("◆", "o contato entra na etapa %q", step.Stage)
		after.Stage = step.Stage
	case step.Status != "":
		s.show("◆", "o contato passa ao status %q", step.Status)
		after.Status = step.Status
	}
	s.world.Contact = after
	for _, event := range chat.ContactEvents(before, after, s.now) {
		if err := s.happened(s.dated(event)); err != nil {
			return err
		}
	}
	return nil
}

// happened tells of an event that is no message: what is about the contact is told to the runs first, and everything but
// a mere change may start the flow.
func (s *stage) happened(event chat.Event) error {
	switch event.Name {
	case chat.ContactChanged:
		return s.tell(flows.Input{Kind: flows.Changed})
	case chat.StageEntered, chat.TagAdded, chat.StatusChanged:
		if err := s.tell(flows.Input{Kind: flows.Changed}); err != nil {
			return err
		}
	}
	return s.start(event)
}
