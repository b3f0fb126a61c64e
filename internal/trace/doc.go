// Package trace follows one piece of work from the webhook to the send and its delivery, across processes and days, as
// OpenTelemetry's spans of one trace. What is stored of a trace is a traceparent (W3C Trace Context), a text of 55 characters.
// It must not know where spans go, and nothing personal may be put into one: ids and words of this program only.
// Start reading at trace.go. Without a tracer (nil) every function does nothing.
package trace
