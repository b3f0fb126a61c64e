// Package play walks a flow, a model, a rule or an assistant's configuration against a scripted conversation, on a virtual
// clock, in the terminal: no network, no database, no waiting. It stands behind `retoma flow check` and `retoma flow play`.
// It must not know stores, providers or the real time; it plays their part.
// Start reading at [Play], then stage.go.
package play
