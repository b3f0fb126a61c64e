package typebot

import "encoding/json"

// Reading is what the text of one bubble holds.
type Reading struct {
	// Commands are the usable commands, in the order in which the author wrote them.
	Commands []Command
	// Text is what is left for the customer; "" when the bubble held only commands.
	// Whatever looks like a command, valid or not, is never in it. Text without any such thing is unchanged.
	Text string
	// Refused lists what looked like a command and was neither acted on nor left in Text.
	Refused []Refusal
}

// Command is one JSON object behind a "#".
type Command struct {
	// FollowUp is set when the object names a follow-up model (followup-models.md, "Via Typebot usando gatilho").
	FollowUp *FollowUpCommand
	// Unknown holds every other key with its value as written. Keys that other platforms know
	// (queueId, stopBot, ...) come in their usual spelling; they travel on as command.unknown events.
	Unknown map[string]json.RawMessage
	// Source is the command as normalised JSON: sorted keys, no blanks, "followupId" as a string ("0" to remove).
	// Two ways to write the same command have the same Source, so it can be part of an idempotency key.
	Source string
}

// FollowUpCommand enrols the contact in a follow-up model or removes it from whatever model is active.
type FollowUpCommand struct {
	// Model is the model's id as text: a small number ("1"), a UUID or a name. Empty when Remove is set.
	Model string
	// Remove is true for 0, "0", null and false.
	Remove bool
	// Vars are the values of the extended form {"followupId":"1","vars":{"nome":"Ana"}}; nil if there are none.
	Vars map[string]json.RawMessage
}

// Refusal is something that looked like a command and is not usable.
type Refusal struct {
	// Source is what was cut out of the bubble, shortened to 500 characters.
	Source string
	// Reason tells the flow's author, in Portuguese, what is wrong and what to do next.
	Reason string
	// Hint is the kind of mistake, for code.
	Hint Hint
}

// Hint names one kind of mistake in a command.
type Hint string

// The kinds of mistakes.
const (
	HintInvalidJSON   Hint = "invalid_json"   // not JSON, even read tolerantly
	HintEmptyVariable Hint = "empty_variable" // a value is missing: a variable of the flow was not set
	HintEmpty         Hint = "empty"          // an object without keys
	HintBadID         Hint = "bad_id"         // the model's id is negative, fractional, true, a list, ...
	HintBadVars       Hint = "bad_vars"       // "vars" is not an object
	HintAmbiguous     Hint = "ambiguous"      // the same key twice
	HintInline        Hint = "inline"         // inside a sentence instead of at the start of a line
	HintTooLong       Hint = "too_long"       // the bubble's text is over MaxText
	HintTooDeep       Hint = "too_deep"       // nested deeper than MaxDepth
	HintTooMany       Hint = "too_many"       // more than MaxCommands in one bubble
)

// Limits of one bubble. A WhatsApp text has at most 4,096 characters, so only a broken flow comes near them.
const (
	// MaxText is the longest text in which commands are read, in bytes.
	MaxText = 64 << 10
	// MaxDepth is how deep a command's JSON may be nested.
	MaxDepth = 16
	// MaxCommands is how many commands, usable or not, are read in one bubble.
	MaxCommands = 32
)
