// Package house guards the form of the code: who may import whom, what a package must say of itself, and what never
// appears in it; and that what the project ships beside its code says what the code does.
// It must not know what any package does, and nothing may import it: it holds tests and the table they compare with.
// Start reading at rooms_test.go, the table; to add a package, add its row there.
package house
