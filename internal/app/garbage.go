package app

import (
	"context"
	"os"
	"runtime/debug"
	gauges "runtime/metrics"
	"time"
)

// Go collects garbage when as much of it lies around as is in use. What retoma has in use is little, so a busy process would
// collect twenty times a second; it may let a little more lie around instead. A quiet one keeps to Go's own measure, and one
// that has much in use, too: together it stays within the same bounds.
const (
	// usualGarbage is Go's own measure, in percent of what is in use.
	usualGarbage = 100
	mostGarbage  = 400
	// calmGarbage is for a process that has had next to nothing to do for calmAfter pulses: it collects once in some seconds anyway, and
	// nobody waits for it.
	calmGarbage = 50
	calmAfter   = 10
	// roomyHeap is up to what size the heap of a busy process may grow before garbage is collected, in bytes.
	roomyHeap = 48 << 20
	// busyCollections in a second are what makes a process busy.
	busyCollections = 2
	garbagePulse    = time.Second
)

// garbageFor gives how much garbage may lie around, in percent of the bytes that are in use.
func garbageFor(live, collections uint64) int {
	if collections < busyCollections || live == 0 {
		return usualGarbage
	}
	if live >= roomyHeap {
		return usualGarbage
	}
	return int(min(mostGarbage, max(usualGarbage, (roomyHeap-live)*100/live)))
}

// paceGarbage sees to it until ctx ends, unless the one who started the process has said how it should be (GOGC).
func paceGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	go func() {
		ticker := time.NewTicker(garbagePulse)
		defer ticker.Stop()
		defer debug.SetGCPercent(usualGarbage)
		samples := []gauges.Sample{{Name: "/gc/cycles/automatic:gc-cycles"}, {Name: "/gc/heap/live:bytes"}}
		gauges.Read(samples)
		before, set, calm := samples[0].Value.Uint64(), usualGarbage, 0
		for {
			gauges.Read(samples)
			cycles, live := samples[0].Value.Uint64(), samples[1].Value.Uint64()
			if calm++; cycles-before >= busyCollections {
				calm = 0
			}
			wanted := garbageFor(live, cycles-before)
			if calm > calmAfter {
				wanted = calmGarbage
			}
			// A change stops the process for a moment: a small one is not worth it.
			if wanted < set*3/4 || wanted > set*4/3 {
				set = wanted
				debug.SetGCPercent(set)
			}
			before = cycles
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
}
