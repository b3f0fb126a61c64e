// Package desk is what one unit of work on one contact has in front of it: the facts that were read under the
// contact's lock, and the changes that were decided.
// It must not know how the facts were read or how the changes are written; the store does both, the worker decides between.
// Start reading at [Desk].
package desk
