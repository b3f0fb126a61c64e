// Package archive is the file that a backup is kept in: a gzipped tar with a manifest, the rows of each table in PostgreSQL's
// text format, perhaps files' bytes, and a summary with counts and checksums at the end, so that it is written and read in one go.
// It must not know SQL, nor what any table means.
// Start reading at [Manifest]; [Writer] and [Reader] are the two ways through a file, and rows.go is how rows are spelled.
package archive
