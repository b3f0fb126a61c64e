package entrance

import (
	"context"
	"strconv"
	"strings"
	"time"

	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/typebot"
)

// carryOut turns commands into facts about the person, all in one commit, in the order in which they were written.
func (h *Handlers) carryOut(ctx context.Context, r commandRequest) (*web.Answer[commandsOut], error) {
	who, err := h.Find(ctx, r.tenantID, r.who, people.RegionOf(r.channel))
	if err != nil {
		return nil, err
	}
	work := &commandWork{h: h, tenantID: r.tenantID, who: who, channel: r.channel, eventID: r.turn.name(), seen: map[string]int{}, out: commandsOut{
		Recognised: []string{}, Done: []commandDone{}, Refused: []commandRefused{}, Steps: []commandStep{},
	}}
	if work.channel.ID == "" {
		work.channel.ID = who.Conversation.ChannelID
	}
	readings, words, tenant, err := h.readAll(ctx, r, who)
	if err != nil {
		return nil, err
	}
	work.contact, work.tenant = words.Contact, tenant
	for i, reading := range readings {
		work.bubble, work.bubbleID = i, r.bubbles[i].id
		if err := work.take(ctx, reading, r.bubbles[i].other); err != nil {
			return nil, err
		}
	}
	work.out.Text = work.text()
	work.report()
	if err := work.commit(ctx); err != nil {
		return nil, err
	}
	if err := work.tellTeam(ctx); err != nil {
		return nil, err
	}
	return web.OK(work.out)
}

// commandWork gathers what the commands of one request come to.
type commandWork struct {
	h        *Handlers
	tenantID string
	tenant   chat.Tenant
	who      people.Person
	// contact is zero for somebody who is not known yet.
	contact chat.Contact
	channel chat.Channel
	eventID string
	// bubble is the one that is looked at.
	bubble   int
	bubbleID string
	// seen counts the same command in one bubble: the same request always has the same one at the same place.
	seen  map[string]int
	facts []commandFact
	out   commandsOut
}

// commandFact is one thing that a command comes to: a fact, or a change of the contact.
type commandFact struct {
	arrival desk.Arrival
	// change is nil for a fact.
	change func(*chat.Contact)
	// whole is a change that tells by itself what happened.
	whole *desk.Deed
}

// take goes through a bubble in its order: what stands before its text, the text, and what stands behind it.
func (w *commandWork) take(ctx context.Context, reading typebot.Reading, other bool) error {
	for _, ahead := range []bool{true, false} {
		if !ahead {
			w.show(reading.Text, other)
		}
		commands, refused := reading.Commands, reading.Refused
		for len(commands)+len(refused) > 0 {
			var err error
			if len(refused) == 0 || len(commands) > 0 && commands[0].Place < refused[0].Place {
				if commands[0].Ahead == ahead {
					err = w.command(ctx, commands[0])
				}
				commands = commands[1:]
			} else {
				if refused[0].Ahead == ahead {
					w.refuse(refused[0].Source, refused[0].Reason, refused[0].Hint)
				}
				refused = refused[1:]
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// show puts what the customer reads or sees into the order.
func (w *commandWork) show(text string, other bool) {
	switch {
	case other:
		w.step(commandStep{Type: "message"})
	case strings.TrimSpace(text) != "":
		w.step(commandStep{Type: "text", Text: text})
	}
}

func (w *commandWork) step(step commandStep) {
	step.Bubble, step.BubbleID = w.bubble, w.bubbleID
	w.out.Steps = append(w.out.Steps, step)
}

func (w *commandWork) text() string {
	var left []string
	for _, step := range w.out.Steps {
		if step.Type == "text" {
			left = append(left, step.Text)
		}
	}
	return strings.Join(left, "\n\n")
}

// command carries out one command: first what changes the contact, which an enrolment's conditions read.
func (w *commandWork) command(ctx context.Context, command typebot.Command) error {
	w.seen[strconv.Itoa(w.bubble)+command.Source]++
	target, at, problem, err := w.enrolment(ctx, command)
	if err != nil {
		return err
	}
	w.out.Recognised = append(w.out.Recognised, command.Source)
	if problem != "" {
		w.refuse(command.Source, problem, hintUnknownModel)
		return nil
	}
	before := len(w.out.Done)
	w.change(command)
	w.enrol(command, target, at)
	w.bot(command)
	w.forward(command)
	if len(w.out.Done) == before {
		w.did(commandDone{Source: command.Source, Status: "nothing"})
	}
	return nil
}

func (w *commandWork) did(done commandDone) {
	w.out.Done = append(w.out.Done, done)
	w.step(commandStep{Type: "done", Done: &done})
}

// hintUnknownModel is a refusal that only the data can tell: no such model, or a moment that has passed.
const hintUnknownModel typebot.Hint = "unknown_model"

func (w *commandWork) refuse(source, reason string, hint typebot.Hint) {
	refused := commandRefused{Source: source, Reason: reason, Hint: hint, Bubble: w.bubble, BubbleID: w.bubbleID}
	w.out.Refused = append(w.out.Refused, refused)
	w.step(commandStep{Type: "refused", Refused: &refused})
}

// enrolment looks up what followupId names. A model that does not exist or is not active is a problem, told with why: a
// command is used whole or not at all.
func (w *commandWork) enrolment(ctx context.Context, command typebot.Command) (target enrolTarget, at time.Time, problem string, err error) {
	wanted := command.FollowUp
	if wanted == nil {
		return target, at, "", nil
	}
	target, err = w.h.enrolTarget(ctx, w.tenantID, modelChoice{remove: wanted.Remove, name: wanted.Model})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Impossible) {
		return target, at, fault.Of(err).Message, nil
	}
	if err != nil {
		return target, at, "", err
	}
	at, problem = w.startsAt(*wanted, target)
	return target, at, problem, nil
}

// enrol puts the contact into a model or takes it out.
func (w *commandWork) enrol(command typebot.Command, target enrolTarget, at time.Time) {
	wanted := command.FollowUp
	if wanted == nil {
		return
	}
	done := commandDone{Source: command.Source, Status: "removed"}
	if !wanted.Remove {
		done.Status, done.FollowUp = "enrolled", &briefs.DocumentBrief{ID: target.model.ID, Number: target.model.Number, Name: target.model.Name}
	}
	w.did(done)
	arrival := target.arrival(w.tenantID, w.who, "command", w.varsOf(*wanted), w.h.Now())
	arrival.Event.Enrol.At, arrival.Event.Enrol.IfEnrolled, arrival.Event.Enrol.OnReply, arrival.Event.Enrol.Reason = at, wanted.IfEnrolled, wanted.OnReply, wanted.Reason
	// A person who is not known yet may be taken out of everything without harm.
	arrival.NoContact = false
	w.add(commandFact{arrival: arrival}, command, "followupId")
}

// bot does what concerns the bot itself, and the bridge that speaks for it.
func (w *commandWork) bot(command typebot.Command) {
	if command.StopBot {
		w.did(commandDone{Source: command.Source, Status: "stopped"})
		arrival := w.who.Arrival(w.tenantID, w.channel.ID, chat.Event{Name: chat.BotStopped, At: w.h.Now()})
		w.add(commandFact{arrival: arrival}, command, "stopBot")
	}
	if command.Wait > 0 {
		w.did(commandDone{Source: command.Source, Status: "wait", Seconds: command.Wait.Seconds()})
	}
	if command.Ping {
		w.did(commandDone{Source: command.Source, Status: "pong"})
		w.out.Reply = "pong"
	}
}

// forward publishes what only the platform can do. A bot that runs elsewhere has to be stopped there, too.
func (w *commandWork) forward(command typebot.Command) {
	data := decodedVars(command.Unknown)
	if command.StopBot {
		if data == nil {
			data = map[string]any{}
		}
		data["stopBot"] = true
	}
	if len(data) == 0 {
		return
	}
	w.did(commandDone{Source: command.Source, Status: "forwarded", Keys: web.SortedKeys(data)})
	arrival := w.who.Arrival(w.tenantID, w.channel.ID, chat.Event{Name: chat.CommandUnknown, At: w.h.Now(), Data: data})
	w.add(commandFact{arrival: arrival}, command, "")
}

// add names a fact by the turn, the bubble and the command, so that a turn that is told again is not done again.
func (w *commandWork) add(fact commandFact, command typebot.Command, key string) {
	if w.eventID != "" {
		nth := w.seen[strconv.Itoa(w.bubble)+command.Source]
		fact.arrival.Event.ExternalID = externalID("cmd", w.tenantID, w.eventID, strconv.Itoa(w.bubble), strconv.Itoa(nth), key, command.Source)
	}
	w.facts = append(w.facts, fact)
}

// varsOf are the values for the model's texts: as written, or the contact's own by name.
func (w *commandWork) varsOf(wanted typebot.FollowUpCommand) map[string]any {
	if len(wanted.VarNames) == 0 {
		return decodedVars(wanted.Vars)
	}
	values := map[string]any{}
	for _, name := range wanted.VarNames {
		if value := contactValue(w.contact, name); value != "" {
			values[name] = value
		}
	}
	return values
}

// contactValue is what is stored of a contact under a name that an author writes.
func contactValue(c chat.Contact, name string) string {
	if value, own := c.Fields[name]; own {
		return value
	}
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "nome", "name":
		return c.Name
	case "primeiro_nome", "primeironome", "first_name", "firstname":
		first, _, _ := strings.Cut(c.Name, " ")
		return first
	case "telefone", "phone", "numero", "número", "number":
		return c.Phone
	case "etapa", "estagio", "stage":
		return c.Stage
	case "status":
		return c.Status
	}
	for field, value := range c.Fields {
		if strings.EqualFold(field, name) {
			return value
		}
	}
	return ""
}
