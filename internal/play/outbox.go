package play

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"retoma/actions"
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// item is a message on its way out.
type item struct {
	message chat.Message
	// sends tells a message from an action of another kind.
	sends bool
	// waits tells that its run waits for the result.
	waits bool
	state itemState
	// at is when it is looked at again: when it is due, when its text is there, when the provider's answer is.
	at time.Time
	// outcome is what comes of the text or of the send at that time.
	outcome outcome
	// heard is how many messages the customer had written when it left.
	heard int
}

// itemState is where a message stands. What was not sent yet can be taken back.
type itemState int

const (
	queued itemState = iota
	writing
	sent
)

// order is what messages leave one after another of: a run's.
func (i *item) order() string { return cmp.Or(i.message.RunID, i.message.ID) }

var errUnreadable = errors.New("play: an action has parameters that cannot be read")

// request puts what a run asked for into the outbox.
func (s *stage) request(action flows.Action) error {
	message := chat.Message{
		ID: action.ID, Direction: chat.Outbound, Origin: action.Origin, State: chat.Queued, RunID: action.RunID, NodeID: action.NodeID,
		FollowUpID: action.FollowUpID, ChannelID: s.world.Channel.ID, CreatedAt: s.now,
	}
	sends := action.Name == flows.SendMessage || action.Name == flows.SendTemplate
	wanted := &item{message: message, sends: sends, waits: action.Waits, at: s.now}
	s.outbox = append(s.outbox, wanted)
	if !sends {
		s.fact("action", "»", action.Name+" "+string(action.Params))
		wanted.state = sent
		return nil
	}
	var params flows.SendParams
	if err := json.Unmarshal(action.Params, &params); err != nil {
		return errUnreadable
	}
	wanted.message.Content, wanted.message.Content.Writing, wanted.message.ReplyTo = params.Content, params.Writing, params.ReplyTo
	if params.Template == nil {
		return nil
	}
	filled := &chat.FilledTemplate{Name: params.Template.Name, Language: params.Template.Language, Text: showTemplate(*params.Template)}
	if action.Name == flows.SendMessage {
		wanted.message.FallbackTemplate = filled
		return nil
	}
	wanted.message.Content = chat.Content{Type: chat.TemplateUse, Text: filled.Text, Template: filled}
	return nil
}

func (s *stage) messageID() string {
	s.made++
	return fmt.Sprintf("message-%d", s.made)
}

// platformWrites lets a platform send a text through the API.
func (s *stage) platformWrites(text string) error {
	s.outbox = append(s.outbox, &item{sends: true, at: s.now, message: chat.Message{
		ID: s.messageID(), Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Queued, ChannelID: s.world.Channel.ID,
		Content: chat.Content{Type: chat.Text, Text: text}, CreatedAt: s.now,
	}})
	return nil
}

// withdraw takes back what a run asked for and was not sent yet.
func (s *stage) withdraw(runID string) {
	s.outbox = slices.DeleteFunc(s.outbox, func(i *item) bool { return i.message.RunID == runID && i.state != sent })
}

// leave judges what is due, each run's messages one after another.
func (s *stage) leave() error {
	for {
		due := s.headDue()
		if due == nil {
			break
		}
		if err := s.judge(due); err != nil {
			return err
		}
	}
	for _, run := range s.over {
		s.ended(run)
	}
	s.over = nil
	return nil
}

// headDue is the first message that is due and that none of the same run is before.
func (s *stage) headDue() *item {
	taken := map[string]bool{}
	for _, one := range s.outbox {
		if !taken[one.order()] && one.state == queued && !one.at.After(s.now) {
			return one
		}
		taken[one.order()] = true
	}
	return nil
}

// nextDue is when the next message is due that only waits for its time.
func (s *stage) nextDue() time.Time {
	var next time.Time
	for _, one := range s.outbox {
		if one.state == queued && one.at.After(s.now) {
			next = earliest(next, one.at)
		}
	}
	return next
}

// channel plays the provider: all that policies ask of one is whether it has the 24 h window.
type channel struct {
	provider.Provider
	window bool
}

func (c channel) HasWindow() bool { return c.window }

// policies are those of every send, but for what only the provider's list of templates can tell.
func policies() []actions.Policy {
	return slices.DeleteFunc(actions.Policies(), func(p actions.Policy) bool { return p.Name == "template" })
}

// judge decides about a message that is due: it leaves, its assistant begins to write it, it waits, or it fails.
func (s *stage) judge(due *item) error {
	verdict, message, _ := actions.Judge(actions.Call{
		Now: s.now, Channel: s.world.Channel, Contact: s.world.Contact, Conversation: s.world.Conversation, Message: due.message,
		Provider: channel{window: s.script.Window}, Template: func(string, string) (chat.Template, bool) { return chat.Template{}, false },
	}, policies())
	switch {
	case verdict.Decision == actions.Drop:
		return s.fail(due, verdict.Error)
	case verdict.Decision == actions.Later:
		if due.message.ErrorDetail != verdict.Reason {
			due.message.ErrorDetail = verdict.Reason
			s.show("·", "espera: %s", verdict.Reason)
		}
		due.at = verdict.Until
	case message.Content.Writing != nil:
		s.write(due)
	default:
		due.message = message
		s.send(due)
	}
	return nil
}

// next takes the first of what the script says comes of things; what it does not say goes well.
func next(scripted *[]outcome) outcome {
	if len(*scripted) == 0 {
		return outcome{}
	}
	first := (*scripted)[0]
	*scripted = (*scripted)[1:]
	return first
}

// send hands a message to the provider; the answer comes when the script says.
func (s *stage) send(leaving *item) {
	leaving.outcome = next(&s.results)
	leaving.state, leaving.at, leaving.heard = sent, s.now.Add(leaving.outcome.after), s.heard
	switch {
	case leaving.outcome.failed != nil:
	case leaving.message.RunID == "":
		s.show("⇢", "API: %s", showContent(leaving.message.Content))
	default:
		s.fact("send", "→", showContent(leaving.message.Content))
	}
}

// fail ends a message for good.
func (s *stage) fail(failing *item, problem *fault.Error) error {
	s.done(failing)
	if failing.message.FollowUpID == "" {
		s.fact("failed", "✗", string(problem.Code))
	}
	return s.result(failing, flows.ActionResult{ActionID: failing.message.ID, At: s.now, Error: problem, MessageID: failing.message.ID})
}

func (s *stage) done(ended *item) {
	s.outbox = slices.DeleteFunc(s.outbox, func(i *item) bool { return i == ended })
}

// result tells the run that waits for a message what came of it.
func (s *stage) result(of *item, result flows.ActionResult) error {
	if !of.waits {
		return nil
	}
	return s.tell(flows.Input{Kind: flows.Result, Result: &result})
}
