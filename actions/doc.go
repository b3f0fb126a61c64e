// Package actions is what is done to the outside world: each action in a file of its own, and the policies that every
// message passes before it is sent.
// It must not know flows, SQL or queues; it is given a [Call] and answers with a result or a verdict.
// Start reading at action.go and policy.go; list.go names them all.
package actions
