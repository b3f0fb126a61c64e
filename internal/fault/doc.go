// Package fault is the vocabulary of everything that can go wrong: one [Error] value with a [Code],
// and one table that says for each code which HTTP status it is and whether trying again can help.
// It must not know any provider, database or transport; those map their own errors onto these codes.
// Start reading at [Code] and its table in codes.go.
package fault
