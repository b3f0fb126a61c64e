// Package app puts the parts together by hand: configuration, database, queue, worker, gateway and the simulated WhatsApp.
// It must not know what a message is for or decide anything about one; it only builds, starts and stops.
// Start reading at config.go, then wire.go and app.go.
package app
