// Package assistants keeps the assistants of a company, tells what they cost, and lets one answer a customer of a platform.
// It must not know what models read and write, nor the other families: whoever ends an assistant's follow-ups is handed in.
// Start reading at assistants.go; generate_reply.go is the longest way.
package assistants
