package ai

import (
	"time"

	"retoma/internal/chat"
)

// Job is one message to be written; everything is a value, nothing is looked up.
type Job struct {
	Endpoint  Endpoint
	Assistant chat.Assistant
	// StepPrompt says what this one message is for, as the step's author wrote it. It is an instruction: never fill it with
	// what customers wrote.
	StepPrompt string
	// Reply tells that the last message of History is the customer's and is to be answered; else the model takes up the
	// talk again by itself. An answer is not compared with follow-ups.
	Reply bool
	// History is the conversation, newest message last; the model reads the last Assistant.Memory of them.
	History []chat.Message
	// FollowUps are the texts of follow-ups that were already sent, newest last.
	FollowUps []string
	Contact   chat.Contact
	Vars      map[string]any
	// Forbidden are the tenant's words that must not be written.
	Forbidden []string
	Now       time.Time
	Zone      *time.Location // nil: UTC
}

// Usage is what writing used.
type Usage = chat.AIUsage

// Draft is what came of a job. With an error it has no text, but still what was used and what was remarked.
type Draft struct {
	Text  string
	Usage Usage
	// Model is the one that answered, by its own account; before any answer the one that was asked for.
	Model string
	// Tries are how often a text was asked for: the second time with what was wrong with the first.
	Tries int
	// Remarks are for the decision log, in Portuguese: what was rejected and why, what was tidied up.
	Remarks []string
}

// limit is how long the job may take.
func (j Job) limit() time.Duration {
	if j.Assistant.TimeLimit > 0 {
		return j.Assistant.TimeLimit
	}
	return chat.DefaultAITimeLimit
}

// memory is how many messages the model reads.
func (j Job) memory() int {
	if j.Assistant.Memory > 0 {
		return j.Assistant.Memory
	}
	return chat.DefaultMemory
}

func (j Job) localNow() time.Time {
	if j.Zone == nil {
		return j.Now.UTC()
	}
	return j.Now.In(j.Zone)
}
