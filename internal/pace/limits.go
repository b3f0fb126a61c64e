package pace

import (
	"math"
	"strings"
	"time"
)

// Limits are what a channel can bear.
type Limits struct {
	// PerSecond is the channel's messages per second; 0 or less is no limit.
	PerSecond int
	// Burst is how many may go out at one instant after a rest; less than 1 means 1.
	Burst int
	// PairEvery is the time between two messages to one contact on the channel; 0 is none.
	PairEvery time.Duration
	// PairBurst is how many to one contact may go out at once after a rest, within PairEvery less two seconds: the later ones
	// borrow from the time to come, and nothing more goes to the contact until all of it is paid back, one PairEvery for each
	// message of the burst. Less than 1 means 1.
	PairBurst int
	// PairMemory is how long what went to the contact may still be owed: PairEvery for each message of the greatest burst. What
	// went out before the pace remembers is read from [Options.Sent]. 0: nobody asks.
	PairMemory time.Duration
	// LastSent is when something last went to the contact on the channel, as far as the caller knows: who was not written to
	// within PairMemory owes nothing, and nobody has to be asked. Zero: the caller does not know.
	LastSent time.Time
	// Reserved is the part of the rate (0 to 0.9) that only urgent messages may use, so that an answer to a customer does
	// not wait behind ten thousand follow-ups that have reserved before it. 0 keeps nothing apart: first come, first served.
	Reserved float64
	// Urgent marks this message as one that may use the reserved part, as well as the common one.
	Urgent bool

	// People is how many different contacts the channel's group may begin a talk with in any 24 hours; 0 or less is no limit.
	People int
	// Begins marks this message as one that begins a talk: only those count for People.
	Begins bool
	// Kept is the part of People (0 to 0.9) that only privileged messages may use.
	Kept float64
	// Privileged marks this message as one that may use all of People and does not stand in line for it.
	Privileged bool
	// Waits tells that the message stands in line when the people of the day are used up: it is given a place and keeps it.
	Waits bool
}

// Slot is when a message may go.
type Slot struct {
	// At is now or earlier: go. Later means: ask again then.
	At time.Time
	// Full tells that the people of the day are used up; At is when there may be room for this one.
	Full bool
	// Used is how many people were counted, where they were asked for.
	Used int
}

// Name puts a channel into the group whose people are counted together. Channels of one group are kept together on a cluster.
func Name(group, channelID string) string {
	if group == "" || group == channelID {
		return channelID
	}
	return group + "/" + channelID
}

// groupOf is the group in a name; a channel without one is a group of its own.
func groupOf(name string) string {
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		return name[:at]
	}
	return name
}

// track is one stream of evenly spaced instants. The common track is for all messages, the other for urgent ones.
type track struct {
	interval int64 // microseconds between two slots; 0 is no limit
	burst    int64
}

const (
	commonTrack = 0
	urgentTrack = 1
)

// tracks turns limits into streams, slowed to a share of the rate.
func (l Limits) tracks(share float64) [2]track {
	if l.PerSecond <= 0 {
		return [2]track{}
	}
	burst := max(1, int64(float64(l.Burst)*share))
	rate := float64(l.PerSecond) * share
	reserved := min(max(l.Reserved, 0), 0.9)
	if reserved == 0 {
		return [2]track{{interval: spacing(rate), burst: burst}}
	}
	urgent := max(1, int64(float64(burst)*reserved))
	return [2]track{
		{interval: spacing(rate * (1 - reserved)), burst: max(1, burst-urgent)},
		{interval: spacing(rate * reserved), burst: urgent},
	}
}

// spacing is the time between two messages in microseconds, rounded up so that the rate is never exceeded.
func spacing(perSecond float64) int64 { return int64(math.Ceil(1e6 / perSecond)) }

// usable are the tracks that a message may use, the common one first.
func (l Limits) usable(tracks [2]track) []int {
	if l.Urgent && tracks[urgentTrack].interval > 0 {
		return []int{commonTrack, urgentTrack}
	}
	return []int{commonTrack}
}

func (l Limits) gap() int64 { return max(0, l.PairEvery.Microseconds()) }

// people is how many people this message may find counted, slowed to a share; 0 is no limit.
func (l Limits) people(share float64) int64 {
	if l.People <= 0 || !l.Begins {
		return 0
	}
	allowed := float64(l.People) * share
	if !l.Privileged {
		allowed *= 1 - min(max(l.Kept, 0), 0.9)
	}
	return max(1, int64(allowed))
}
