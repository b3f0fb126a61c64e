package play

import (
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
	Window bool `json:"window"`
	// Channel is the id of the channel that is talked on; the flow's own, if it names one, if it is not given.
	Channel string `json:"channel"`
	// Company is the tenant's name, {{COMPANY_NAME}}.
	Company string   `json:"company"`
	Steps   []Step   `json:"steps"`
	Expect  []Expect `json:"expect"`

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
	last, err := c.resolveSteps()
	if err != nil {
		return err
	}
	if c.until = last.Add(lastStep); c.Until != "" {
		if c.until, err = localTime(c.Until, c.zone); err != nil {
			return fault.Field("until", "%s", err)
		}
	}
	return nil
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
