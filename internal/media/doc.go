// Package media keeps tenants' files: it stores their bytes under their checksums (a folder, or an S3-compatible service),
// takes uploads, fetches what customers send, and hands files to providers once for many messages.
// It must not know HTTP routes, SQL or any provider's wire: files' rows are read and written through the Store interfaces,
// and providers through their abilities [provider.MediaUploader] and [provider.MediaFetcher].
// Start reading at [Blobs] for the bytes, [Shelf] for uploads, [Fetcher] for what customers send, [Uploads] for sending.
package media
