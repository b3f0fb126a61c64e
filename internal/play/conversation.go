package play

import (
	"fmt"
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Conversation is a scripted conversation as people write it.
type Conversation struct {
	// Zone is an IANA name; America/Sao_Paulo if it is not given.
	Zone string `json:"zone"`
	// Start is the local time at which it begins, such as "2025-07-10T09:00".
	Start string `json:"start"`
	// Until is the local time at which the play stops; 90 days after the last step if it is not given.
	Until   string          `json:"until"`
	Contact Person          `json:"contact"`
	Hours   *calendar.Hours `json:"hours"`
	// Window makes the channel an official one: outside 24 h after the customer's last message only templates leave.
	Window bool     `json:"window"`
	Steps  []Step   `json:"steps"`
	Expect []Expect `json:"expect"`

	zone         *time.Location
	start, until time.Time
}

// Person is the customer of a play.
type Person struct {
	Name   string            `json:"name"`
	Phone  string            `json:"phone"`
	Tags   []string          `json:"tags"`
	Stage  string            `json:"stage"`
	Status string            `json:"status"`
	Fields map[string]string `json:"fields"`
}

// Step is one thing that happens: exactly one of its fields besides At, Choice, Data, Vars and After.
type Step struct {
	// At is "+10m", "+2h" or "+1d" after the step before, a clock time "10:00" (its next one), or a local time
	// "2025-07-10 09:00". Empty: at once.
	At string `json:"at"`
	// Customer is what the customer writes; Choice is the payload of a button.
	Customer string `json:"customer"`
	Choice   string `json:"choice"`
	// Enrol puts the contact into the flow, with Vars.
	Enrol bool           `json:"enrol"`
	Vars  map[string]any `json:"vars"`
	// Human is a person of the business taking over.
	Human bool `json:"human"`
	// Event is any other event's name, with its Data.
	Event string         `json:"event"`
	Data  map[string]any `json:"data"`
	// Result is what becomes of the next send: "accepted" or "failed:CODE", After so long ("+2h").
	Result string `json:"result"`
	After  string `json:"after"`
	// Contact is who the customer is from now on.
	Contact *Person `json:"contact"`
	// Stop ends the run with a reason; Skip passes over the open follow-up.
	Stop string `json:"stop"`
	Skip bool   `json:"skip"`

	at    time.Time
	after time.Duration
}

// lastStep is how long after the last step a play goes on.
const lastStep = 90 * 24 * time.Hour

func parseConversation(body []byte) (*Conversation, error) {
	script := &Conversation{Zone: "America/Sao_Paulo"}
	if err := flows.DecodeStrict("", body, script); err != nil {
		return nil, err
	}
	if err := script.resolve(); err != nil {
		return nil, err
	}
	return script, nil
}

// resolve turns the written times into instants.
func (c *Conversation) resolve() (err error) {
	if c.zone, err = calendar.Zone(c.Zone); err != nil {
		return fault.Field("zone", "%s", fault.Of(err).Message)
	}
	if err := c.Hours.Validate("hours"); err != nil {
		return err
	}
	if c.start, err = localTime(c.Start, c.zone); err != nil {
		return fault.Field("start", "%s", err)
	}
	at := c.start
	for i := range c.Steps {
		step := &c.Steps[i]
		path := fmt.Sprintf("steps[%d]", i)
		if step.at, err = after(at, step.At, c.zone); err != nil {
			return fault.Field(path+".at", "%s", err)
		}
		if step.at.Before(at) {
			return fault.Field(path+".at", "é antes do passo anterior")
		}
		if step.things() != 1 {
			return fault.Field(path, "diga uma coisa: customer, enrol, human, event, result, contact, stop ou skip")
		}
		if err := step.outcome(); err != nil {
			return fault.Field(path+".result", "%s", err)
		}
		at = step.at
	}
	if c.until = at.Add(lastStep); c.Until != "" {
		if c.until, err = localTime(c.Until, c.zone); err != nil {
			return fault.Field("until", "%s", err)
		}
	}
	return nil
}

func (s Step) things() int {
	count := 0
	for _, given := range []bool{
		s.Customer != "" || s.Choice != "", s.Enrol, s.Human, s.Event != "", s.Result != "", s.Contact != nil, s.Stop != "", s.Skip,
	} {
		if given {
			count++
		}
	}
	return count
}

func (p Person) contact() chat.Contact {
	contact := chat.Contact{
		ID: "contact", Name: p.Name, Phone: p.Phone, Tags: p.Tags, Stage: p.Stage, Status: p.Status, Fields: p.Fields,
	}
	if contact.Phone == "" {
		contact.Phone = "+5511999990001"
	}
	return contact
}
