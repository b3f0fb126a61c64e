package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/typebot"
)

type commandsIn struct {
	Body struct {
		Who
		ChannelID string           `json:"channelId,omitempty" doc:"canal da conversa, para os comandos que outras plataformas executam"`
		Text      string           `json:"text,omitempty" doc:"o texto de um balão"`
		Messages  []typebotMessage `json:"messages,omitempty" maxItems:"200" doc:"os balões como o Typebot os deu"`
		EventID   string           `json:"eventId,omitempty" maxLength:"200" doc:"o mesmo eventId não é executado duas vezes"`
	}
}

// typebotMessage is a bubble of Typebot's chat API; what else it holds is not read.
type typebotMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
	_       struct{}        `additionalProperties:"true"`
}

type commandsOut struct {
	// Recognised are the usable commands in one normal form.
	Recognised []string         `json:"recognised"`
	Done       []commandDone    `json:"done"`
	Refused    []commandRefused `json:"refused"`
	// Text is what is left for the customer.
	Text string `json:"text"`
}

type commandDone struct {
	Source string `json:"source"`
	Status string `json:"status" enum:"enrolled,removed,changed,forwarded" doc:"changed: etiqueta, status ou estágio do contato; forwarded: publicado como command.unknown para a plataforma"`
	// FollowUp is the model that was entered.
	FollowUp *documentBrief `json:"followup,omitempty"`
	Keys     []string       `json:"keys,omitempty" doc:"as chaves que mudaram o contato, ou que foram passadas adiante"`
}

type commandRefused struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// typebotCommands reads bubbles for those who run their own bridge, and carries out what is ours.
func (g *Gateway) typebotCommands(ctx context.Context, in *commandsIn) (*Answer[commandsOut], error) {
	readings, err := readBubbles(in.Body.Text, in.Body.Messages)
	if err != nil {
		return nil, err
	}
	tenantID := tenantOf(ctx)
	var channel chat.Channel
	if in.Body.ChannelID != "" {
		if channel, err = g.ownChannel(ctx, tenantID, "channelId", in.Body.ChannelID); err != nil {
			return nil, err
		}
	}
	return g.carryOut(ctx, tenantID, in.Body.Who, channel, readings, in.Body.EventID)
}

func readBubbles(text string, messages []typebotMessage) ([]typebot.Reading, error) {
	switch {
	case text != "" && len(messages) > 0:
		return nil, fault.Field("messages", "informe só um: text ou messages")
	case text != "":
		return []typebot.Reading{typebot.Read(text)}, nil
	case len(messages) == 0:
		return nil, fault.Required("text")
	}
	readings := make([]typebot.Reading, len(messages))
	for i, message := range messages {
		reading, err := typebot.ReadBubble(typebot.Bubble{ID: message.ID, Type: message.Type, Content: message.Content})
		if err != nil {
			reading = typebot.Reading{Refused: []typebot.Refusal{{Source: "messages[" + strconv.Itoa(i) + "]", Reason: fault.Of(err).Message}}}
		}
		readings[i] = reading
	}
	return readings, nil
}

// ownChannel finds a channel that a body names; one that is not the tenant's is the field's mistake.
func (g *Gateway) ownChannel(ctx context.Context, tenantID, field, id string) (chat.Channel, error) {
	ref, understood := chat.ParseRef(id)
	if understood && ref.ID != "" {
		channel, err := g.Store.Channel(ctx, tenantID, ref.ID)
		if !fault.Is(err, fault.NotFound) {
			return channel, err
		}
	}
	return chat.Channel{}, fault.Field(field, "canal não encontrado")
}

// carryOut turns commands into facts about the person, all in one commit, in the order in which they were written.
func (g *Gateway) carryOut(ctx context.Context, tenantID string, w Who, channel chat.Channel, readings []typebot.Reading, eventID string) (*Answer[commandsOut], error) {
	if err := w.exactlyOne(); err != nil {
		return nil, err
	}
	work := &commandWork{g: g, tenantID: tenantID, channel: channel, eventID: eventID, out: commandsOut{
		Recognised: []string{}, Done: []commandDone{}, Refused: []commandRefused{},
	}}
	var err error
	if work.who, err = g.find(ctx, tenantID, w, regionOf(channel)); err != nil {
		return nil, err
	}
	if work.channel.ID == "" {
		work.channel.ID = work.who.conversation.ChannelID
	}
	var left []string
	for _, reading := range readings {
		if err := work.take(ctx, reading); err != nil {
			return nil, err
		}
		if reading.Text != "" {
			left = append(left, reading.Text)
		}
	}
	work.out.Text = strings.Join(left, "\n\n")
	if err := work.commit(ctx); err != nil {
		return nil, err
	}
	return ok(work.out)
}

// commandWork gathers what the commands of one request come to.
type commandWork struct {
	g        *Gateway
	tenantID string
	who      person
	channel  chat.Channel
	eventID  string
	// place counts the commands: the same request always has the same one at the same place.
	place int
	facts []commandFact
	out   commandsOut
}

// commandFact is one thing that a command comes to: a fact, or a change of the contact.
type commandFact struct {
	arrival desk.Arrival
	// change is nil for a fact.
	change func(*chat.Contact)
}

func (w *commandWork) take(ctx context.Context, reading typebot.Reading) error {
	for _, refusal := range reading.Refused {
		w.refuse(refusal.Source, refusal.Reason)
	}
	for _, command := range reading.Commands {
		w.place++
		w.out.Recognised = append(w.out.Recognised, command.Source)
		changes, rest, problem := contactChanges(command)
		if problem != "" {
			w.refuse(command.Source, problem)
			continue
		}
		w.change(command, changes)
		if err := w.enrol(ctx, command); err != nil {
			return err
		}
		w.forward(command, rest)
	}
	return nil
}

// change carries out what changes the contact. It comes before the enrolment of the same command, whose conditions read it.
func (w *commandWork) change(command typebot.Command, changes []contactChange) {
	if len(changes) == 0 {
		return
	}
	done := commandDone{Source: command.Source, Status: "changed"}
	for _, change := range changes {
		done.Keys = append(done.Keys, change.key)
		w.add(commandFact{arrival: w.who.arrival(w.tenantID, w.channel.ID, chat.Event{}), change: change.apply}, command, change.key)
	}
	w.out.Done = append(w.out.Done, done)
}

func (w *commandWork) refuse(source, reason string) {
	w.out.Refused = append(w.out.Refused, commandRefused{Source: source, Reason: reason})
}

// enrol carries out followupId. A model that does not exist or is not active is refused with why; nothing is enrolled then.
func (w *commandWork) enrol(ctx context.Context, command typebot.Command) error {
	wanted := command.FollowUp
	if wanted == nil {
		return nil
	}
	target, err := w.g.enrolTarget(ctx, w.tenantID, modelChoice{remove: wanted.Remove, name: wanted.Model})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Impossible) {
		w.refuse(command.Source, fault.Of(err).Message)
		return nil
	}
	if err != nil {
		return err
	}
	if wanted.Remove {
		w.out.Done = append(w.out.Done, commandDone{Source: command.Source, Status: "removed"})
	} else {
		w.out.Done = append(w.out.Done, commandDone{Source: command.Source, Status: "enrolled",
			FollowUp: &documentBrief{ID: target.model.ID, Number: target.model.Number, Name: target.model.Name}})
	}
	arrival := target.arrival(w.tenantID, w.who, "command", decodedVars(wanted.Vars), w.g.Now())
	// A person who is not known yet may be taken out of everything without harm.
	arrival.NoContact = false
	w.add(commandFact{arrival: arrival}, command, "followupId")
	return nil
}

// forward publishes what only the platform can do.
func (w *commandWork) forward(command typebot.Command, rest map[string]json.RawMessage) {
	if len(rest) == 0 {
		return
	}
	data := decodedVars(rest)
	w.out.Done = append(w.out.Done, commandDone{Source: command.Source, Status: "forwarded", Keys: sortedKeys(data)})
	arrival := w.who.arrival(w.tenantID, w.channel.ID, chat.Event{Name: chat.CommandUnknown, At: w.g.Now(), Data: data})
	w.add(commandFact{arrival: arrival}, command, "")
}

func (w *commandWork) add(fact commandFact, command typebot.Command, key string) {
	if w.eventID != "" {
		fact.arrival.Event.ExternalID = externalID("cmd", w.tenantID, w.eventID, strconv.Itoa(w.place), key, command.Source)
	}
	w.facts = append(w.facts, fact)
}

// externalID makes the name under which a fact is known, so that it is not taken for new when it comes again. Tenants
// never share names.
func externalID(kind string, parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return kind + ":" + hex.EncodeToString(sum.Sum(nil))
}

func decodedVars(raw map[string]json.RawMessage) map[string]any {
	if raw == nil {
		return nil
	}
	values := make(map[string]any, len(raw))
	for name, value := range raw {
		var decoded any
		if json.Unmarshal(value, &decoded) == nil {
			values[name] = decoded
		}
	}
	return values
}
