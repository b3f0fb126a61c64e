package desk

import "retoma/internal/chat"

// Words are what is known of a contact's own words.
type Words struct {
	// Contact is zero for somebody who is not known.
	Contact chat.Contact
	// Texts are what the contact wrote lately, oldest first, read by the worker or not.
	// Before these stand the texts of a year that hold a command or a part of one.
	Texts []string
	// TooMuch tells that the contact wrote more commands than can be compared: nothing may be done that it could have written.
	TooMuch bool
}
