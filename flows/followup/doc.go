// Package followup holds the authoring formats of follow-ups (models, rules, assistant configs), some files each, and turns them into flow definitions.
// It must not know how nodes work or how anything is stored: it knows the names of nodes and of their parameters.
// Start reading at models.go, then rules.go and assistants.go.
package followup
