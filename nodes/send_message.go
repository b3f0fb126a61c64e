package nodes

import (
	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
)

// SendMessage sends a free-form message: {"text": "...", "media": {"link" or "mediaId": "...", "type": "image", "fileName": "..."}},
// at least one of the two. Both together are a file with a caption of at most 1024 characters. In their place one of:
//
//	{"interactive": {"header": {"text": "..."}, "body": "...", "footer": "...", "buttons": [{"id": "sim", "title": "Sim"}]}}
//	{"location": {"latitude": -23.5, "longitude": -46.6, "name": "...", "address": "..."}}
//	{"contacts": [{"name": "...", "phones": [{"phone": "..."}]}]}
//	{"reaction": {"emoji": "👍"}}
//
// replyTo quotes a message by the provider's id of it, such as {{trigger.message_id}}.
//
// Where the exit error is connected, the run waits until the provider has accepted or refused the message; else it goes
// on at once.
type SendMessage struct{}

type sendMessageParams struct {
	Text        string             `json:"text"`
	Media       *mediaParams       `json:"media"`
	Interactive *interactiveParams `json:"interactive"`
	Location    *placeParams       `json:"location"`
	Contacts    []chat.Card        `json:"contacts"`
	Reaction    *reactionParams    `json:"reaction"`
	ReplyTo     string             `json:"replyTo"`
}

// beside names what stands where only one kind of message may be.
func (p sendMessageParams) beside() string {
	switch {
	case p.Text != "":
		return "text"
	case p.Media != nil:
		return "media"
	}
	return ""
}

// Type is the name that authors write.
func (SendMessage) Type() string { return "send_message" }

// Compile reads the parameters.
func (SendMessage) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Exit(flows.Next, flows.ErrorExit)
	c.Speaks()
	var params sendMessageParams
	if !c.Decode(&params) {
		return nil
	}
	kinds := kindParams{Interactive: params.Interactive, Location: params.Location, Contacts: params.Contacts, Reaction: params.Reaction}
	if params.beside() == "" && len(kinds.named()) == 0 {
		c.Required("text")
	}
	if params.Reaction != nil && params.ReplyTo != "" {
		c.Problem("replyTo", "uma reação já diz a que mensagem pertence: use só reaction.messageId")
	}
	c.Action("", flows.SendMessage, "", nil)
	message := compileContent(c, params.Text, params.Media, "media", "link")
	message.other = compileKind(c, kinds, params.beside())
	return send{action: flows.SendMessage, waits: c.Connected(flows.ErrorExit), content: message, replyTo: c.Template("replyTo", params.ReplyTo)}
}

// send asks for one message and, if the author has a way for failures, waits for what becomes of it.
type send struct {
	action   string
	waits    bool
	content  *content
	template *template
	replyTo  *expr.Template
}

func (n send) Run(s *flows.Step) (flows.Exit, error) {
	if result := s.Result(); result != nil {
		return outcome(s, result)
	}
	if !s.Arrived() {
		return flows.Stay, nil
	}
	params, err := renderSend(s, n.content, n.template)
	if err != nil {
		return flows.Stay, err
	}
	if params.ReplyTo, err = s.Render(n.replyTo); err != nil {
		return flows.Stay, err
	}
	if n.waits {
		return s.DoAndWait(n.action, params)
	}
	return flows.Next, s.Do(n.action, params)
}

// outcome leaves a node that waited for its action.
func outcome(s *flows.Step, result *flows.ActionResult) (flows.Exit, error) {
	if result.Error != nil {
		return flows.Stay, result.Error
	}
	output := map[string]any{"message_id": result.MessageID}
	for name, value := range result.Output {
		output[name] = value
	}
	s.Output(output)
	return flows.Next, nil
}

func renderSend(s *flows.Step, content *content, template *template) (flows.SendParams, error) {
	var params flows.SendParams
	var err error
	if content != nil {
		if params.Content, err = content.render(s); err != nil {
			return params, err
		}
	}
	if template != nil {
		params.Template, err = template.render(s)
	}
	return params, err
}
