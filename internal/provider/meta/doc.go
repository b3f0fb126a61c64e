// Package meta is the adapter for Meta's WhatsApp Cloud API: it verifies and reads its webhooks and speaks its REST API.
// It must not know how messages are stored, scheduled or decided, and it keeps no state beyond a connection pool.
// Start reading at [Adapter]; parse.go is the way in, send.go the way out, codes.go the table of Meta's errors.
package meta
