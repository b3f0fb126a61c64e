package followup

import (
	"strconv"
	"strings"
)

// whoFits is the condition over the contact, empty if everybody fits.
func (c RuleConditions) whoFits() string {
	var parts []string
	if len(c.ExcludeTags) > 0 {
		parts = append(parts, "none("+list(c.ExcludeTags)+", # in contact.tags)")
	}
	if len(c.IncludeTags) > 0 {
		parts = append(parts, "any("+list(c.IncludeTags)+", # in contact.tags)")
	}
	if len(c.IncludeFunnelStages) > 0 {
		parts = append(parts, "contact.stage in "+list(c.IncludeFunnelStages))
	}
	if strings.TrimSpace(c.Expr) != "" {
		// The line ends here, so that a comment at the author's end comments out nothing of ours.
		parts = append(parts, c.Expr+"\n")
	}
	return joined("and", parts)
}

// startIf is the condition of the rule's trigger: who fits, and for two triggers what the event names.
func (r Rule) startIf() string {
	conditions := r.conditions()
	var parts []string
	if r.TriggerType == StageEntered && len(conditions.IncludeFunnelStages) > 0 {
		parts = append(parts, "trigger.stage in "+list(conditions.IncludeFunnelStages))
	}
	if r.TriggerType == TagAdded && len(conditions.IncludeTags) > 0 {
		parts = append(parts, "trigger.tag in "+list(conditions.IncludeTags))
	}
	if fits := conditions.whoFits(); fits != "" {
		parts = append(parts, fits)
	}
	return joined("and", parts)
}

// stays is what has to stay as the event left it: who leaves the stage, or loses the tag, and gets it again, is counted
// from then. Empty for the other triggers.
func (r Rule) stays() string {
	conditions := r.conditions()
	switch {
	case r.TriggerType == StageEntered && len(conditions.IncludeFunnelStages) > 0:
		return "contact.stage in " + list(conditions.IncludeFunnelStages)
	case r.TriggerType == TagAdded && len(conditions.IncludeTags) > 0:
		return "any(" + list(conditions.IncludeTags) + ", # in contact.tags)"
	}
	return ""
}

// not is the opposite of a condition; that of none is none.
func not(condition string) string {
	if condition == "" {
		return ""
	}
	return "not (" + condition + ")"
}

// joined puts conditions together.
func joined(operator string, parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return "(" + strings.Join(parts, ") "+operator+" (") + ")"
}

// list is a list of texts as a condition has it. Whatever stands in a text, it is a text there.
func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
