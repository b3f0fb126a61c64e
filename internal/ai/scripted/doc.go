// Package scripted is an OpenAI-compatible service over real HTTP that answers what it was told to: texts in order or by a function, late, never, with errors, with broken JSON; and it remembers every request.
// It must not know who asks it: nothing of the product is imported, so that both sides of the wire are written down once each.
// Start reading at [Server]; a [Reply] is one answer.
package scripted
