// Package outgoing takes messages that somebody asks for, whoever asks: their content, the person and the channel are checked, the
// policies are asked at once, and the message goes into the outbox.
// It must not know the endpoints, and it sends nothing.
// Start reading at outbox.go.
package outgoing
