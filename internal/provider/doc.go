// Package provider is the port to WhatsApp providers: what an adapter must be able to do, and what it hands over.
// It must not know any single provider, nor how what was parsed is stored or what is sent was decided.
// Start reading at [Provider]; each adapter is a package of its own beside its recorded payloads.
package provider
