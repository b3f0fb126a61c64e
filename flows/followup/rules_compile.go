package followup

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// AttemptNode is the id of an attempt's node, counted from 1.
func AttemptNode(attempt int) string { return "attempt-" + strconv.Itoa(attempt) }

// attemptNode are the parameters of a node of type followup, as rules use them.
type attemptNode struct {
	After        string           `json:"after"`
	Text         string           `json:"text,omitempty"`
	Attachment   *ModelAttachment `json:"attachment,omitempty"`
	Template     *ModelTemplate   `json:"template,omitempty"`
	KeepInWindow bool             `json:"keepInWindow,omitempty"`
}

// Definition is the flow that the rule means: one chain of attempts behind its trigger (domain.md section 4, Rules).
func (r Rule) Definition() flows.Definition {
	definition := flows.Definition{
		Name: r.Name, Channel: r.InstanceID, OnReply: flows.ReplyStop, FollowAuthor: true, ExitIf: not(r.conditions().whoFits()), StopIf: not(r.stays()),
	}
	if definition.ExitIf != "" {
		definition.ExitReason = reasonConditions
	}
	start := map[string]string{"event": string(r.startEvent())}
	if condition := r.startIf(); condition != "" {
		start["if"] = condition
	}
	definition.Nodes = []flows.NodeDefinition{{ID: triggerNode, Type: "trigger", With: parameters(start), Next: AttemptNode(1)}}
	for attempt := 1; attempt <= r.Attempts(); attempt++ {
		node := flows.NodeDefinition{ID: AttemptNode(attempt), Type: "followup", With: parameters(r.attempt())}
		if attempt < r.Attempts() {
			node.Next = AttemptNode(attempt + 1)
		}
		definition.Nodes = append(definition.Nodes, node)
	}
	if r.TriggerType == NoResponse {
		definition.OnOutbound, definition.Rearm = "restart", true
	}
	return definition
}

// reasonConditions is the cancelReason where a rule's conditions hold no more.
const reasonConditions = "As condições da regra não valem mais"

func (r Rule) startEvent() chat.EventName {
	switch r.TriggerType {
	case NoResponse:
		return chat.MessageSent
	case StageEntered:
		return chat.StageEntered
	case TagAdded:
		return chat.TagAdded
	case DealCreated:
		return chat.DealCreated
	}
	if event := r.conditions().Event; event != "" {
		return chat.EventName(event)
	}
	return chat.Enrol
}

func (r Rule) attempt() attemptNode {
	node := attemptNode{After: r.interval(), Text: r.Message, Template: r.Template, KeepInWindow: r.KeepInWindow}
	if r.Attachment != nil {
		node.Attachment = r.Attachment.named()
	}
	return node
}

// interval is the wait as ISO 8601, in the author's unit if it is a whole number of it.
func (r Rule) interval() string {
	wait, unit := r.Wait(), r.TriggerUnit.length()
	if unit == 0 || wait%unit != 0 {
		return fmt.Sprintf("PT%dS", int64(wait/time.Second))
	}
	count := int64(wait / unit)
	switch r.TriggerUnit {
	case Minutes:
		return fmt.Sprintf("PT%dM", count)
	case Hours:
		return fmt.Sprintf("PT%dH", count)
	}
	return fmt.Sprintf("P%dD", count)
}

var ruleNodePath = regexp.MustCompile(`^nodes\[\d+\](?:\.with)?\.?(.*)$`)

// AuthorPath turns a path in the compiled definition into the path in the rule. All attempts say the same.
func (r Rule) AuthorPath(definitionPath string) string {
	switch definitionPath {
	case "exitIf":
		return "conditions"
	case "channel":
		return "instanceId"
	}
	found := ruleNodePath.FindStringSubmatch(definitionPath)
	if found == nil {
		return definitionPath
	}
	switch found[1] {
	case "event":
		return "conditions.event"
	case "if":
		return "conditions"
	case "after":
		return "triggerValue"
	case "text":
		return "message"
	}
	return found[1]
}

// RemovedNodes are the ids of the nodes of one definition that another one does not have any more.
func RemovedNodes(before, after flows.Definition) []string {
	kept := make(map[string]bool, len(after.Nodes))
	for _, node := range after.Nodes {
		kept[node.ID] = true
	}
	var removed []string
	for _, node := range before.Nodes {
		if !kept[node.ID] {
			removed = append(removed, node.ID)
		}
	}
	return removed
}
