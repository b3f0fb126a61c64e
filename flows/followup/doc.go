// Package followup holds the authoring formats of follow-ups, one file each, and turns them into flow definitions.
// It must not know how nodes work or how anything is stored: it knows the names of nodes and of their parameters.
// Start reading at models.go.
package followup
