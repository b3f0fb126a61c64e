// Package expr reads a run's data: boolean conditions (expr-lang), texts with {{ variables }} (Liquid style) and single values in raw JSON (gjson paths).
// It must not know flows, contacts or providers; it sees plain JSON-like values, keeps no state, does no I/O, and every program an author can write ends within a fixed budget of work and memory.
// Start reading at [Scope], then [CompileCondition], [CompileTemplate] and [Path].
package expr
