package nodes

import (
	"maps"
	"time"

	"retoma/flows"
)

// WaitForReply waits for the customer's next message: {"timeout": "PT2H"}. The exit reply must be connected; timeout is
// taken when the time has passed, and without a timeout the run waits for good.
//
// The message becomes vars.reply (its text) and the node's output {text, choice, type, message_id}.
type WaitForReply struct{}

type waitForReplyParams struct {
	Timeout string `json:"timeout"`
}

// Type is the name that authors write.
func (WaitForReply) Type() string { return "wait_for_reply" }

// Compile reads the parameters.
func (WaitForReply) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Waits()
	c.RequireExit("reply")
	c.Exit("timeout")
	var params waitForReplyParams
	if !c.Decode(&params) {
		return nil
	}
	if params.Timeout == "" {
		if c.Connected("timeout") {
			c.Required("timeout")
		}
		return waitForReply{}
	}
	return waitForReply{timeout: interval(c, "timeout", params.Timeout)}
}

type waitForReply struct{ timeout time.Duration }

func (w waitForReply) Run(s *flows.Step) (flows.Exit, error) {
	if s.Due() {
		return "timeout", nil
	}
	if message := s.Reply(); message != nil {
		content := message.Content
		s.Set("reply", content.Text)
		output := map[string]any{"text": content.Text, "choice": content.Choice, "type": string(content.Type)}
		maps.Copy(output, flows.FormScope(content))
		if id := s.ReplyID(); id != "" {
			output["message_id"] = id
		}
		s.Output(output)
		return "reply", nil
	}
	var until time.Time
	if w.timeout > 0 {
		until = s.Now().Add(w.timeout)
	}
	return s.Wait(until, true), nil
}
