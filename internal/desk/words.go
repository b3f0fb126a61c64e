package desk

import "retoma/internal/chat"

// Words are what is known of a contact's own words.
type Words struct {
	// Contact is zero for somebody who is not known.
	Contact chat.Contact
	// Texts are what the contact wrote lately, oldest first, read by the worker or not.
	Texts []string
}
