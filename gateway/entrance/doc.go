// Package entrance is where facts come in: the providers' webhooks, platforms' events, Typebot's commands, contacts that are put
// into a model; all of it is written down before it is thanked for.
// It must not know what flows make of the facts, nor the other families.
// Start reading at webhook.go; routes.go lists the rest.
package entrance
