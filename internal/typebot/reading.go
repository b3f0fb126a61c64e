package typebot

import (
	"encoding/json"
	"time"
)

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
	// Changes are what happens to the contact itself, in the order in which it is done.
	Changes []Change
	// StopBot asks that what answers the customer automatically be silent: a person goes on.
	StopBot bool
	// Ping asks to be answered with "pong" at the flow's next input: what stands before it has been sent by then.
	Ping bool
	// Wait is a pause before what follows.
	Wait time.Duration
	// Unknown holds every other key. Those that other platforms know (queueId, closeTicket, ...) come in their usual
	// spelling, ids as texts ("0" for none) and flags as true or false; they travel on as command.unknown events.
	Unknown map[string]json.RawMessage
	// Names are the keys that act, in their usual spelling and sorted; of another platform's action, its name.
	// Lists of allowed commands are made of them.
	Names []string
	// Source is the command as normalised JSON: sorted keys, no blanks, "followupId" as a string ("0" to remove).
	// Two ways to write the same command have the same Source, so it can be part of an idempotency key.
	Source string
	// Place counts what was cut out of the bubble, from 0. Ahead tells that no text for the customer stands before it.
	Place int
	Ahead bool
}

// FollowUpCommand enrols the contact in a follow-up model or removes it from whatever model is active.
type FollowUpCommand struct {
	// Model is the model's id as text: a small number ("1"), a UUID or a name. Empty when Remove is set.
	Model string
	// Remove is true for 0, "0", null and false.
	Remove bool
	// Vars are the values of the extended form {"followupId":"1","vars":{"nome":"Ana"}}; nil if there are none.
	Vars map[string]json.RawMessage
	// VarNames are fields of the contact whose stored values are given to the model: {"vars":["nome"]}.
	VarNames []string
	// StartAt or Delay put off the moment from which the model counts; zero: now.
	StartAt Moment
	Delay   time.Duration
	// IfEnrolled is what happens to a contact who is in a model already: "keep", "restart" or "replace"; empty: the same
	// model again changes nothing, another one replaces it.
	IfEnrolled string
	// OnReply is what the customer's answer does to this enrolment: "stop" or "continue"; empty: as the model says.
	OnReply string
	// Reason is why the contact is taken out, as lists show it; empty: the usual text.
	Reason string
}

// Change is one key that changes the contact.
type Change struct {
	// Key is tagId or tagIds (add), removeTag, clearTags, status, crmId (the stage), AddiInfo (fields), optOut or optIn.
	Key string
	// Names are tags; or one status, one stage, or one scope of a refusal ("all", "marketing").
	Names []string
	// Fields are the contact's own fields; an empty text removes one.
	Fields map[string]string
}

// Refusal is something that looked like a command and is not usable.
type Refusal struct {
	// Source is what was cut out of the bubble, shortened to 500 characters.
	Source string
	// Reason tells the flow's author, in Portuguese, what is wrong and what to do next.
	Reason string
	// Hint is the kind of mistake, for code.
	Hint Hint
	// Place and Ahead are as in [Command].
	Place int
	Ahead bool
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
	HintBadValue      Hint = "bad_value"      // a value of another kind than the key takes
	HintAround        Hint = "around"         // text for the customer in the same bubble
	HintInjected      Hint = "injected"       // the contact wrote it: the flow repeated an answer
	HintSecret        Hint = "secret"         // without the bot's secret, or with another one
	HintNotAllowed    Hint = "not_allowed"    // not on the list of allowed commands
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
