// Package flows is the engine: definitions of flows, their compilation, runs, and the pure function [Advance]
// that decides what a run does next.
// It must not know I/O, clocks, SQL, HTTP, or which authoring format a flow came from.
// Start reading at definition.go, then run.go and engine.go.
package flows
