package followup

import (
	"retoma/flows"
)

// Rule is a follow-up rule as its author writes it (followups-api.md, "Regras de Follow-up").
type Rule struct {
	// Name is shown in lists, in the history and in statistics.
	Name string `json:"name"`
	// InstanceID is the only channel that the rule looks at; empty: every channel.
	InstanceID string `json:"instanceId,omitempty"`
	// TriggerType is what starts the rule's clock.
	TriggerType TriggerType `json:"triggerType"`
	// TriggerValue and TriggerUnit are how long an attempt waits: the first from the trigger, the others from the real
	// send time of the attempt before.
	TriggerValue *Amount     `json:"triggerValue"`
	TriggerUnit  TriggerUnit `json:"triggerUnit"`
	// Message is what every attempt sends, 1 to 4096 characters with {{variables}}; it may be absent beside an attachment
	// or a template.
	Message    string           `json:"message,omitempty"`
	Attachment *ModelAttachment `json:"attachment,omitempty"`
	// Template is sent instead of the message when the window is closed.
	Template *ModelTemplate `json:"template,omitempty"`
	// IsActive is true unless it is said otherwise.
	IsActive *bool `json:"isActive,omitempty"`
	// MaxAttempts is from 1 (default) to 20.
	MaxAttempts *int `json:"maxAttempts,omitempty"`
	// KeepInWindow moves an attempt that would come up to two hours after the 24 h window closes inside it.
	KeepInWindow bool `json:"keepInWindow,omitempty"`
	// Conditions say for whom the rule is; nil: for everybody.
	Conditions *RuleConditions `json:"conditions,omitempty"`
}

// TriggerType is what starts a rule's clock.
type TriggerType string

// The triggers of followups-api.md.
const (
	// NoResponse: our last message that is no follow-up was not answered.
	NoResponse TriggerType = "NO_RESPONSE"
	// StageEntered: the contact came into a stage of the funnel.
	StageEntered TriggerType = "STAGE_ENTERED"
	// TagAdded: the contact was given a tag.
	TagAdded TriggerType = "TAG_ADDED"
	// DealCreated: the platform told of a new deal.
	DealCreated TriggerType = "DEAL_CREATED"
	// Custom: the platform's event named in the conditions; without one, only by hand.
	Custom TriggerType = "CUSTOM"
)

// TriggerUnit is a unit of elapsed time.
type TriggerUnit string

// The units of followups-api.md.
const (
	Minutes TriggerUnit = "minutes"
	Hours   TriggerUnit = "hours"
	Days    TriggerUnit = "days"
)

// RuleConditions say for whom a rule is. All that are given must hold, when an attempt is planned and when it is due.
type RuleConditions struct {
	// ExcludeTags: the contact has none of them.
	ExcludeTags []string `json:"excludeTags,omitempty"`
	// IncludeTags: the contact has one of them; with TAG_ADDED it is the tag that was added.
	IncludeTags []string `json:"includeTags,omitempty"`
	// IncludeFunnelStages: the contact is in one of them; with STAGE_ENTERED it is the stage that was entered.
	IncludeFunnelStages []string `json:"includeFunnelStages,omitempty"`
	// Event is the platform's event that starts a CUSTOM rule.
	Event string `json:"event,omitempty"`
	// Expr is the author's own condition (expr-lang).
	Expr string `json:"expr,omitempty"`
}

const (
	defaultAttempts = 1
	maxAttempts     = 20
)

// ParseRule reads a rule's JSON. The error is flows.Problems: a value of the wrong kind, or every unknown field.
// It does not validate.
func ParseRule(body []byte) (Rule, error) {
	var rule Rule
	err := flows.DecodeStrict("", body, &rule)
	return rule, err
}

// Active tells whether the rule starts anything and its attempts leave.
func (r Rule) Active() bool { return r.IsActive == nil || *r.IsActive }

// Attempts is how many messages one unanswered contact gets at most.
func (r Rule) Attempts() int {
	if r.MaxAttempts == nil {
		return defaultAttempts
	}
	return *r.MaxAttempts
}

// conditions are the rule's, or none.
func (r Rule) conditions() RuleConditions {
	if r.Conditions == nil {
		return RuleConditions{}
	}
	return *r.Conditions
}
