// Package authoring takes the documents from which flows are made, models, rules, assistants' configurations and flows, checks
// them with their authors' own paths, and tries them out.
// It must not know how a flow walks, nor the other families.
// Start reading at authored.go, what all four have in common; then models.go.
package authoring
