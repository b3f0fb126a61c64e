// Package doctor judges what was seen of an installation: it says in sentences what is wrong and what to do about it.
// It must not know how anything was seen, nor mend anything.
// Start reading at [Judge].
package doctor
