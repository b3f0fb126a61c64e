package nodes

import (
	"regexp"

	"retoma/flows"
	"retoma/internal/chat"
)

// Trigger is where runs begin: {"event": "message.received", "if": "...", "channel": "..."}.
// event is an event of retoma's own or a platform's; if is a condition over the event; channel is one channel's id.
type Trigger struct{}

type triggerParams struct {
	Event   string `json:"event"`
	If      string `json:"if"`
	Channel string `json:"channel"`
}

// Type is the name that authors write.
func (Trigger) Type() string { return "trigger" }

var eventName = regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)

// Compile reads the parameters.
func (Trigger) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.RequireExit(flows.Next)
	var params triggerParams
	if !c.Decode(&params) {
		c.Trigger(flows.TriggerWanted{})
		return nil
	}
	switch chat.EventName(params.Event) {
	case "":
		c.Required("event")
	case chat.MessageStatus, chat.ContactChanged:
		c.Problem("event", "%q não começa fluxos", params.Event)
	default:
		if len(params.Event) > 100 || !eventName.MatchString(params.Event) {
			c.Problem("event", "nome de evento inválido: use letras minúsculas, números e pontos, como message.received")
		}
	}
	c.Trigger(flows.TriggerWanted{Event: params.Event, Channel: params.Channel, If: c.Condition("if", params.If)})
	return trigger{}
}

type trigger struct{}

func (trigger) Run(*flows.Step) (flows.Exit, error) { return flows.Next, nil }
