// Package chaos plays thousands of customers against real processes of retoma while it kills, stops, freezes, cuts and slows
// whatever they stand on, and compares what the phones received with what should have been sent.
// It must not know how retoma decides: it speaks HTTP to its doors and to nothing behind them, and its oracle is computed from what
// was asked for, what customers did and what the simulated WhatsApp answered.
// Start reading at [Run] in run.go, then oracle.go.
package chaos
