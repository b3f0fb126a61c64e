// Package chat holds the words of the domain: tenant, channel, contact, conversation, message, template and event,
// each with its states as a table of allowed moves.
// It must not know how anything is stored, sent or scheduled, and it never reads the clock.
// Start reading at event.go (what comes in) and message.go (what goes out).
package chat
