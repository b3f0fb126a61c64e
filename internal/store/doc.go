// Package store keeps everything in SQL: one text of SQL, one file per table, on SQLite and on PostgreSQL.
// It must not know HTTP, queues, providers or what a flow decides; it reads facts and writes decisions.
// Start reading at store.go, then receive.go (how facts come in) and work.go (how one contact is worked on).
package store
