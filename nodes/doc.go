// Package nodes holds the types of steps that a flow can be made of, one file each.
// It must not know runs, SQL, the clock, or how actions are carried out: a node decides, through its flows.Step.
// Start reading at list.go, then delay.go, the smallest one.
package nodes
