package ai

import (
	"errors"
	"strings"
)

// scrubbed is an error for the log without the key, in which libraries and services may have quoted it.
func scrubbed(endpoint Endpoint, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if endpoint.APIKey != "" {
		text = strings.ReplaceAll(text, endpoint.APIKey, "***")
	}
	return errors.New(text)
}
