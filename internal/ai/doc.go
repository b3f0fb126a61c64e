// Package ai has a message written by a language model behind any OpenAI-compatible endpoint, and lets only a text through that may be sent.
// It must not know flows, SQL, HTTP surfaces or when a message is due: everything it works with comes as values in a [Job], and what customers wrote reaches the model as data, never as instructions.
// Start reading at [Job] and [Writer.Write]; prompt.go is what the model reads, checks.go is what its answer must pass.
package ai
