// Package deliver carries events to the subscriptions of tenants' platforms, as signed webhooks (Standard Webhooks,
// https://www.standardwebhooks.com): at least once, with growing gaps for days, and no slow receiver delays another.
// It must not know what happened or who may subscribe, and it never shows an address, a secret or an answer in a log or a
// stored text.
// Start reading at [Courier.Start].
package deliver
