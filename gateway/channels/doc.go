// Package channels keeps the numbers from which a company writes: their settings and templates, what providers tell of them, and
// why nothing arrives.
// It must not know how a provider is spoken to, only what an adapter can be asked; nor the other families.
// Start reading at channels.go; upkeep.go is what happens without anybody asking.
package channels
