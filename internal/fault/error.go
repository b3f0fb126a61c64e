package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is a failure as a value: what people may see (Message), where it is (Field), and what to do with it (Code).
type Error struct {
	Code Code
	// Message is for people, in the language of the API that shows it; it tells the reader what to do next.
	Message string
	// Remedy is what to do about it, where that is worth a sentence of its own; for people, too.
	Remedy string
	// Field is the path of the bad value in the caller's own document, such as "messages[0].offset"; empty if none.
	Field string
	// After is how long the other side asked us to wait; 0 if it did not say.
	After time.Duration
	// Detail is for the decision log: the provider's own code and words. It holds no personal data.
	Detail string
	// Reach is how far the failure reaches beyond the one message.
	Reach Reach
	// Cause is what the log sees; it is never shown to a caller.
	Cause error
}

// Error gives code, field and message.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a code with a message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field makes a validation error: the path of the bad value and what is wrong with it.
// The gateway shows it as "Erro de validação: <field>: <what>".
func Field(path, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: path, Message: fmt.Sprintf(format, args...)}
}

// Required makes the validation error for a missing value, in the word that followups-api.md uses.
func Required(path string) *Error { return Field(path, "Required") }

// Wrap makes an error of a code around a cause that only the log sees.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Of finds the Error in an error's chain; anything else becomes Internal, and nil stays nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var found *Error
	if errors.As(err, &found) {
		return found
	}
	return &Error{Code: Internal, Message: "erro interno", Cause: err}
}

// CodeOf is the code of an error; empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return Of(err).Code
}

// Is tells whether an error carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Explained is what people read of a failure: our words and the remedy, and in brackets the other side's code and words.
func (e *Error) Explained() string {
	said := e.Message
	if e.Remedy != "" {
		said = strings.TrimSpace(said + " O que fazer: " + e.Remedy)
	}
	switch {
	case e.Detail == "" || e.Detail == e.Message:
		return said
	case said == "":
		return e.Detail
	}
	return said + " (" + e.Detail + ")"
}
