// Package worker works on one contact at a time: it reads the contact's mail, advances runs, judges what is due in the
// outbox, sends what was claimed, and notes what came of it.
// It must not know SQL, queues or HTTP; it declares the few methods it needs of the store, the pace and the alarms.
// Start reading at [Worker.Work] in worker.go, then pass.go.
package worker
