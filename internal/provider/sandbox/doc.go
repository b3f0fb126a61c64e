// Package sandbox is a simulated WhatsApp: it speaks Meta's Cloud API wire in both directions over HTTP, shows the
// customer's phone, and can be told to misbehave in the ways the real provider does.
// It must not know anything of the product that talks to it: no channel, flow or store, only Meta's wire and packages of the standard library and fault.
// Start reading at [Server] in server.go, then graph_send.go (what a business does) and phone_write.go (what a customer does).
package sandbox
