// Package goals measures whole processes of retoma against goals and against the least that its stack can cost, in one run on one
// machine: webhooks answered through a flow, sends that are due at once, idleness, redelivery, kill -9, growth.
// It must not know how retoma works: it starts the product's program with its settings, speaks HTTP to its doors, and reads from the
// system what processes use; load and provider are the programs of a folder that is given.
// Start reading at [Run] in run.go, then aims.go.
package goals
