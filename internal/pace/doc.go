// Package pace says when a message may go out: it keeps a channel's messages per second and the gap between two messages
// to one contact, for all workers together through one Lua script on Redis, and by itself while Redis is away.
// It must not know what is sent or to whom: it sees ids, limits and instants, and never waits itself.
// Start reading at [Pace.Reserve]; book.go is the arithmetic in Go, script.go the same arithmetic on Redis, and a test holds them together.
package pace
