// Package briefs holds the small things that the answers of several families show in the same words: a contact in one line, an
// entry of the decision log, what is not there.
// It must not know where they come from: it is handed values and shows them.
// Start reading at brief.go.
package briefs
