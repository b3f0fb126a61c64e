// Package catalog compiles stored documents, whatever their authoring format, and keeps the compiled flows by
// (id, version).
// It must not know where documents are stored, who asks, or how flows run.
// Start reading at [Catalog.Compile].
package catalog
