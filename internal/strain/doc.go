// Package strain asks more of whole processes of retoma than they can do, and publishes what comes of it: ten times the webhooks that they
// bear, and one company's fifty thousand due sends beside another's single one.
// It must not know how retoma sheds or shares: it starts the product's program with its settings, speaks HTTP to its doors, and reads from
// the system what processes use.
// Start reading at [Overload] in overload.go and [Fairness] in fairness.go.
package strain
