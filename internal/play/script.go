package play

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Step is one thing that happens: exactly one of its fields besides At, Choice, Data, Vars and After.
type Step struct {
	// At is "+10m", "+2h" or "+1d" after the step before, a clock time "10:00" (its next one), or a local time
	// "2025-07-10 09:00". Empty: at once.
	At string `json:"at"`
	// Customer is what the customer writes; Choice is the payload of a button.
	Customer string `json:"customer"`
	Choice   string `json:"choice"`
	// Agent is what a person of the business writes, and API what a platform sends, both in this conversation.
	Agent string `json:"agent"`
	API   string `json:"api"`
	// Enrol puts the contact into the flow, with Vars.
	Enrol bool           `json:"enrol"`
	Vars  map[string]any `json:"vars"`
	// Human is a person of the business taking over without writing anything.
	Human bool `json:"human"`
	// Event is any other event's name (deal.created, a platform's own), with its Data.
	Event string         `json:"event"`
	Data  map[string]any `json:"data"`
	// Result is what becomes of the next send: "accepted" or "failed:CODE", After so long ("+2h").
	Result string `json:"result"`
	After  string `json:"after"`
	// Undelivered says that the provider could not deliver our last message after all, although it had accepted it.
	Undelivered bool `json:"undelivered"`
	// Assistant is the next text that an assistant writes, or "failed:CODE", After so long.
	Assistant string `json:"assistant"`
	// Contact is who the customer is from now on.
	Contact *Person `json:"contact"`
	// Tag is one more tag of the customer's, Stage and Status are the customer's new ones.
	Tag    string `json:"tag"`
	Stage  string `json:"stage"`
	Status string `json:"status"`
	// Stop ends the run with a reason; Skip passes over the open follow-up.
	Stop string `json:"stop"`
	Skip bool   `json:"skip"`

	at      time.Time
	outcome outcome
}

// outcome is what becomes of a send or of a text that an assistant writes.
type outcome struct {
	after  time.Duration
	failed *fault.Error
	// text is what the assistant wrote; empty for a send.
	text string
}

// resolveSteps gives every step its instant; it gives the last one's.
func (c *Conversation) resolveSteps() (at time.Time, err error) {
	at = c.start
	for i := range c.Steps {
		step := &c.Steps[i]
		path := fmt.Sprintf("steps[%d]", i)
		if step.at, err = after(at, step.At, c.zone); err != nil {
			return at, fault.Field(path+".at", "%s", err)
		}
		if step.at.Before(at) {
			return at, fault.Field(path+".at", "é antes do passo anterior")
		}
		if step.things() != 1 {
			return at, fault.Field(path, "diga uma coisa: customer, agent, api, enrol, human, event, result, undelivered, assistant, "+
				"contact, tag, stage, status, stop ou skip")
		}
		if isOwn(chat.EventName(step.Event)) {
			return at, fault.Field(path+".event", "%s é um evento do próprio retoma: escreva customer, agent, api ou contact", step.Event)
		}
		if err := step.readOutcome(); err != nil {
			return at, fault.Field(path+"."+step.outcomeField(), "%s", err)
		}
		at = step.at
	}
	return at, nil
}

func (s *Step) things() int {
	count := 0
	for _, given := range []bool{
		s.Customer != "" || s.Choice != "", s.Agent != "", s.API != "", s.Enrol, s.Human, s.Event != "", s.Result != "", s.Undelivered,
		s.Assistant != "", s.Contact != nil, s.Tag != "", s.Stage != "", s.Status != "", s.Stop != "", s.Skip,
	} {
		if given {
			count++
		}
	}
	return count
}

// isOwn tells the events that only retoma itself raises: no platform may post them.
func isOwn(name chat.EventName) bool {
	switch name {
	case chat.MessageReceived, chat.MessageEcho, chat.MessageSent, chat.ConversationStarted, chat.MessageStatus, chat.Enrol,
		chat.CommandUnknown, chat.ContactChanged, chat.AgentWrote:
		return true
	}
	return false
}

func (s *Step) outcomeField() string {
	if s.Assistant != "" {
		return "assistant"
	}
	return "result"
}

// readOutcome reads Result or Assistant, and After.
func (s *Step) readOutcome() (err error) {
	if s.outcome.after, err = span(s.After); err != nil {
		return err
	}
	written := s.Result + s.Assistant
	switch code, failed := strings.CutPrefix(written, "failed:"); {
	case written == "" && s.After != "":
		return errors.New("after acompanha result ou assistant")
	case failed && code != "":
		s.outcome.failed = refusal(code)
	case s.Assistant != "":
		s.outcome.text = s.Assistant
	case s.Result != "" && s.Result != "accepted":
		return fmt.Errorf("resultado desconhecido: %q; escreva accepted ou failed:outside_window", s.Result)
	}
	return nil
}

// refusal is the error with a code. A code that is none of ours is the provider's own.
func refusal(code string) *fault.Error {
	if fault.Code(code).Known() {
		return fault.New(fault.Code(code), "recusado no roteiro")
	}
	return &fault.Error{Code: fault.ProviderRejected, Message: "recusado no roteiro", Detail: code}
}
