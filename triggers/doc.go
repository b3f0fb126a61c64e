// Package triggers tells what starts a flow: one file for each kind of event, and the list.
// It must not know runs, SQL, or what happens after the start.
// Start reading at list.go: Match is what the worker asks for each event and flow.
package triggers
