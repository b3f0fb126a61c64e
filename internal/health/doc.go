// Package health tells which part of a process is ill: it asks every part now and then, and keeps the answer for a moment.
// It must not know what a part is made of, and its words name no address, person or secret: everybody may read them.
// Start reading at health.go.
package health
