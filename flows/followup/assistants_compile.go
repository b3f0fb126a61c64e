package followup

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
)

// channelsNode chooses the steps of the conversation's channel.
const channelsNode = "channels"

// writtenNode are the parameters of a node of type followup, as configs use them.
type writtenNode struct {
	After            string                    `json:"after"`
	Prompt           string                    `json:"prompt,omitempty"`
	Assistant        string                    `json:"assistant,omitempty"`
	Fallback         string                    `json:"fallback,omitempty"`
	Template         *ModelTemplate            `json:"template,omitempty"`
	ChannelTemplates map[string]*ModelTemplate `json:"channelTemplates,omitempty"`
	PreferTemplate   bool                      `json:"preferTemplate,omitempty"`
	KeepInWindow     bool                      `json:"keepInWindow,omitempty"`
}

type channelCase struct {
	If   string `json:"if"`
	Exit string `json:"exit"`
}

// ConfigName is what a config's flow is called where flows are listed by name; assistant is the assistant's own.
func ConfigName(assistant string) string {
	return strings.TrimSpace("Follow-up do assistente " + assistant)
}

// Definition is the flow that the config means (domain.md section 4, Assistant configs): a status change into the list
// starts it, steps, then those of the conversation's channel; a reply, a person or a status outside the list ends it.
func (c Config) Definition() flows.Definition {
	definition := flows.Definition{
		Name: ConfigName(""), OnReply: flows.ReplyStop, OnHuman: "stop", Again: "restart", FollowAuthor: true,
		// A list that its author changes is heard of when a step is planned or due.
		StopIf: not(c.statusFits("contact.status")), ExitIf: not(c.statusFits("contact.status")),
		ExitReason: "O status do lead saiu da lista",
	}
	start := flows.NodeDefinition{ID: triggerNode, Type: "trigger", With: parameters(map[string]string{
		"event": string(chat.StatusChanged), "if": c.startIf(),
	})}
	steps := c.generalNodes()
	if len(steps) > 0 {
		start.Next = steps[0].ID
	}
	official := c.officialNodes()
	if len(official) > 0 {
		if len(steps) > 0 {
			steps[len(steps)-1].Next = channelsNode
		} else {
			start.Next = channelsNode
		}
	}
	definition.Nodes = append(append([]flows.NodeDefinition{start}, steps...), official...)
	return definition
}

func (c Config) statusFits(path string) string { return path + " in " + list(c.TriggerStatusIDs) }

// startIf is the condition of the trigger. Where no step is for every channel, nothing starts on the others.
func (c Config) startIf() string {
	fits := c.statusFits("trigger.status")
	if len(c.Steps) > 0 {
		return fits
	}
	var channels []string
	for _, entry := range c.OfficialSteps {
		if len(entry.Steps) > 0 {
			channels = append(channels, entry.ChannelID)
		}
	}
	return joined("and", []string{fits, "channel.id in " + list(channels)})
}

// chain makes the nodes of steps, one behind the other.
func (c Config) chain(steps []ConfigStep, id func(i int) string, with func(step ConfigStep) writtenNode) []flows.NodeDefinition {
	nodes := make([]flows.NodeDefinition, len(steps))
	for i, step := range steps {
		nodes[i] = flows.NodeDefinition{ID: id(i), Type: "followup", With: parameters(with(step))}
		if i+1 < len(steps) {
			nodes[i].Next = id(i + 1)
		}
	}
	return nodes
}

func (c Config) generalNodes() []flows.NodeDefinition {
	return c.chain(c.Steps, func(i int) string { return "step-" + strconv.Itoa(i+1) }, func(step ConfigStep) writtenNode {
		node := c.written(step)
		for _, entry := range c.OfficialSteps {
			template := entry.firstTemplate()
			if node.Template != nil || template == nil {
				continue
			}
			if node.ChannelTemplates == nil {
				node.ChannelTemplates = map[string]*ModelTemplate{}
			}
			node.ChannelTemplates[entry.ChannelID] = template
		}
		return node
	})
}

func (c Config) officialNodes() []flows.NodeDefinition {
	var cases []channelCase
	var nodes []flows.NodeDefinition
	exits := map[string]string{}
	for _, entry := range c.OfficialSteps {
		if len(entry.Steps) == 0 {
			continue
		}
		steps := c.chain(entry.Steps, func(i int) string { return fmt.Sprintf("official-%s-%d", entry.ChannelID, i+1) }, func(step ConfigStep) writtenNode {
			node := c.written(step)
			if node.Template == nil {
				node.Template = entry.firstTemplate()
			}
			return node
		})
		exit := "channel-" + entry.ChannelID
		exits[exit] = steps[0].ID
		cases = append(cases, channelCase{If: "channel.id == " + strconv.Quote(entry.ChannelID), Exit: exit})
		nodes = append(nodes, steps...)
	}
	if len(cases) == 0 {
		return nil
	}
	branch := flows.NodeDefinition{ID: channelsNode, Type: "branch", With: parameters(map[string]any{"cases": cases}), Exits: exits}
	return append([]flows.NodeDefinition{branch}, nodes...)
}

func (c Config) written(step ConfigStep) writtenNode {
	node := writtenNode{After: step.Interval, Template: step.template(), KeepInWindow: c.KeepInWindow, PreferTemplate: step.wait() >= templateFrom}
	if strings.TrimSpace(step.Prompt) != "" {
		node.Assistant = c.AssistantID
		node.Prompt, _ = leadVariables(step.Prompt)
		node.Fallback, _ = leadVariables(step.Fallback)
	}
	return node
}

var (
	configNodePath  = regexp.MustCompile(`^nodes\[(\d+)\](?:\.with)?\.?(.*)$`)
	channelTemplate = regexp.MustCompile(`^channelTemplates\.([^.]+)\.(.*)$`)
)

// AuthorPath turns a path in the compiled definition into the path in the config.
func (c Config) AuthorPath(definitionPath string) string {
	if definitionPath == "stopIf" {
		return "trigger_status_ids"
	}
	found := configNodePath.FindStringSubmatch(definitionPath)
	if found == nil {
		return definitionPath
	}
	place, err := strconv.Atoi(found[1])
	if err != nil || place == 0 {
		return "trigger_status_ids"
	}
	entry, step, known := c.stepAt(place - 1)
	if !known {
		return "official_steps"
	}
	field := found[2]
	if borrowed := channelTemplate.FindStringSubmatch(field); borrowed != nil {
		entry = slices.IndexFunc(c.OfficialSteps, func(o OfficialSteps) bool { return o.ChannelID == borrowed[1] })
		if entry < 0 {
			return "official_steps"
		}
		step, field = c.OfficialSteps[entry].firstTemplated(), "template."+borrowed[2]
	} else if entry >= 0 && strings.HasPrefix(field, "template.") && c.OfficialSteps[entry].Steps[step].TemplateName == "" {
		step = c.OfficialSteps[entry].firstTemplated()
	}
	if entry < 0 {
		return stepPath(step) + "." + stepField(field)
	}
	return officialPath(entry, step) + "." + stepField(field)
}

func stepField(field string) string {
	if place, isVariable := strings.CutPrefix(field, "template.variables"); isVariable {
		return "template_params" + place
	}
	switch field {
	case "after":
		return "interval"
	case "template.name":
		return "template_name"
	case "template.language":
		return "template_language"
	}
	return field
}

// stepAt finds the step whose node stands at a place behind the trigger; entry is -1 for one of steps.
func (c Config) stepAt(place int) (entry, step int, known bool) {
	if place < len(c.Steps) {
		return -1, place, true
	}
	place -= len(c.Steps) + 1 // the branch
	for entry, official := range c.OfficialSteps {
		if place >= 0 && place < len(official.Steps) {
			return entry, place, true
		}
		place -= len(official.Steps)
	}
	return 0, 0, false
}
