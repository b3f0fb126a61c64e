package followup

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
)

// The ids of the nodes that are not messages.
const (
	triggerNode = "trigger"
	emptyNode   = "empty"
)

// followUpNode are the parameters of a node of type followup, as this format uses them.
type followUpNode struct {
	At            string           `json:"at,omitempty"`
	OffsetMinutes int              `json:"offsetMinutes"`
	Text          string           `json:"text,omitempty"`
	Attachment    *ModelAttachment `json:"attachment,omitempty"`
	Template      *ModelTemplate   `json:"template,omitempty"`
}

// Definition is the flow that the model means: one chain of follow-ups behind an enrolment. Enrolled contacts follow the
// newest version; a message keeps its id as its node's.
func (m Model) Definition() flows.Definition {
	definition := flows.Definition{
		Name: m.Name, Channel: m.ChannelID, OnReply: m.OnReply, Group: GroupModel, FollowAuthor: true, ExitIf: m.exitIf(),
	}
	if definition.OnReply == "" {
		definition.OnReply = flows.ReplyContinue
	}
	start := flows.NodeDefinition{ID: triggerNode, Type: "trigger", With: parameters(map[string]string{"event": string(chat.Enrol)})}
	if len(m.Messages) == 0 {
		start.Next = emptyNode
		reason := parameters(map[string]string{"reason": "o modelo não tem mensagens"})
		definition.Nodes = []flows.NodeDefinition{start, {ID: emptyNode, Type: "end", With: reason}}
		return definition
	}
	start.Next = m.nodeID(0)
	definition.Nodes = append(definition.Nodes, start)
	for i := range m.Messages {
		definition.Nodes = append(definition.Nodes, m.node(i))
	}
	return definition
}

// nodeID is the message's id; a message that was never given one is known by its place.
func (m Model) nodeID(i int) string {
	if i >= len(m.Messages) {
		return ""
	}
	if m.Messages[i].ID != "" {
		return m.Messages[i].ID
	}
	return "message-" + strconv.Itoa(i+1)
}

func (m Model) node(i int) flows.NodeDefinition {
	message := m.Messages[i]
	with := followUpNode{Text: message.Text, Template: message.Template}
	if message.Offset != nil {
		with.OffsetMinutes = *message.Offset
	}
	if i == 0 && m.StartTime != nil {
		with.At = *m.StartTime
	}
	if message.Attachment != nil {
		with.Attachment = message.Attachment.named()
	}
	return flows.NodeDefinition{ID: m.nodeID(i), Type: "followup", With: parameters(with), Next: m.nodeID(i + 1)}
}

// parameters encodes values that always can be.
func parameters(with any) json.RawMessage {
	encoded, err := json.Marshal(with)
	if err != nil {
		panic("followup: parameters cannot be written: " + err.Error())
	}
	return encoded
}

// exitIf joins the author's condition and the listed ones.
func (m Model) exitIf() string {
	var parts []string
	if strings.TrimSpace(m.ExitIf) != "" {
		parts = append(parts, m.ExitIf)
	}
	if m.Conditions != nil {
		for _, tag := range m.Conditions.Tags {
			parts = append(parts, strconv.Quote(tag)+" in contact.tags")
		}
		for _, stage := range m.Conditions.Stages {
			parts = append(parts, "contact.stage == "+strconv.Quote(stage))
		}
		if strings.TrimSpace(m.Conditions.Expr) != "" {
			parts = append(parts, m.Conditions.Expr)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	for i, part := range parts {
		parts[i] = "(" + part + ")"
	}
	return strings.Join(parts, " or ")
}

var nodePath = regexp.MustCompile(`^nodes\[(\d+)\](?:\.with)?(.*)$`)

// AuthorPath turns a path in the compiled definition into the path in the model, so that authors read of their own fields.
func (m Model) AuthorPath(definitionPath string) string {
	found := nodePath.FindStringSubmatch(definitionPath)
	if found == nil {
		return definitionPath
	}
	place, err := strconv.Atoi(found[1])
	if err != nil || place < 1 || place > len(m.Messages) {
		return definitionPath
	}
	switch {
	case found[2] == ".at":
		return "startTime"
	case found[2] == ".offsetMinutes":
		found[2] = ".offset"
	}
	return fmt.Sprintf("messages[%d]%s", place-1, found[2])
}
