package wake

import (
	"sync"
	"sync/atomic"
	"time"
)

// Counters are totals since the start of this process, for metrics. Queued, Running, Timers and Buffered are of this moment.
type Counters struct {
	Woken      int64 // contacts and notifications that were asked to be worked on
	Worked     int64 // works that ended well
	Failed     int64 // works that ended with an error or a panic
	Dropped    int64 // wake-ups that found this process full; the scan finds them
	ScanFinds  int64 // overdue work that only the scan found
	Armed      int64 // due times that got a task
	Enqueued   int64 // tasks that went to Redis for other processes to work on
	Unsent     int64 // calls to Redis that were given up; the scan heals
	Forgotten  int64 // tasks of cancelled due times that were deleted
	EpochTurns int64 // times that Redis was found wiped or restored
	Queued     int
	Running    int
	Timers     int
	Buffered   int
	RedisAway  bool
}

// tally is the live form of the totals.
type tally struct {
	woken, worked, failed, dropped, scanFinds, armed, enqueued, unsent, forgotten, epochTurns atomic.Int64
}

// latenessBounds are the upper ends of the lateness buckets.
var latenessBounds = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute,
}

// Lateness is a histogram of how long after its due time the work for an alarm began.
type Lateness struct {
	Count uint64
	Sum   time.Duration
	// Buckets counts, for each upper bound, the alarms that were at most so late; the form that Prometheus wants.
	Buckets map[time.Duration]uint64
	Max     time.Duration
}

// latenessRecord collects a Lateness.
type latenessRecord struct {
	mutex  sync.Mutex
	counts [len(latenessBounds)]uint64
	total  uint64
	sum    time.Duration
	max    time.Duration
}

func (r *latenessRecord) observe(late time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i, bound := range latenessBounds {
		if late <= bound {
			r.counts[i]++
			break
		}
	}
	r.total++
	r.sum += late
	r.max = max(r.max, late)
}

func (r *latenessRecord) snapshot() Lateness {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	buckets := make(map[time.Duration]uint64, len(latenessBounds))
	var upTo uint64
	for i, bound := range latenessBounds {
		upTo += r.counts[i]
		buckets[bound] = upTo
	}
	return Lateness{Count: r.total, Sum: r.sum, Buckets: buckets, Max: r.max}
}
