package flows

import (
	"errors"
	"strings"

	"retoma/internal/fault"
)

// Problems is every mistake found in one definition, each with the path of the bad value in [fault.Error.Field].
// errors.As to *fault.Error finds the first.
type Problems []*fault.Error

// Error lists all of them, one after the other.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, problem := range p {
		texts[i] = problem.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives each mistake to errors.As and errors.Is.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, problem := range p {
		all[i] = problem
	}
	return all
}

// AsProblems lists the mistakes in an error's chain; an error that is no list of them becomes one of its own.
func AsProblems(err error) Problems {
	if err == nil {
		return nil
	}
	var list Problems
	if errors.As(err, &list) {
		return list
	}
	return Problems{fault.Of(err)}
}

// orNil keeps an empty list from becoming an error that is not nil.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
