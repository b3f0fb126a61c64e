// Package followups shows planned messages and what became of them, tells why, counts them, and lets people move, cancel and
// plan single ones.
// It must not know how documents are written that plan them, nor the other families.
// Start reading at followups.go; edit.go shows how a change goes through a contact's run.
package followups
