package pace

import "sync"

// All instants in here are microseconds since 1970.
const (
	second = int64(1_000_000)
	// lateGrace is how long after its slot a message may still use it. A later one needs a new slot, or everything that
	// an outage has held up would go out at once.
	lateGrace = second
	// forgetAfter is how long what has passed is remembered.
	forgetAfter = 10 * second
)

// request asks for a slot.
type request struct {
	channel, contact, message string
	now, gap                  int64
	tracks                    [2]track
	usable                    []int
}

// answer is when to go. Reserved tells a slot from a mere "not before": a wait for the pair takes no slot of the channel.
type answer struct {
	at       int64
	reserved bool
}

// book is the arithmetic in memory: GCRA (the leaky bucket as a meter, ITU-T I.371) whose theoretical arrival time is
// kept per track, plus the list of slots that were given back.
type book struct {
	mutex    sync.Mutex
	channels map[string]*channel
	swept    int64
}

type channel struct {
	tracks [2]stream
	held   int64 // nobody before this
	pairs  map[string]*pair
	slots  map[string]slot // by message
}

type stream struct {
	next int64   // the theoretical arrival time
	free []int64 // slots given back, in order
}

type pair struct{ next, held int64 }

// slot is a reservation and what is needed to take it back.
type slot struct {
	at                    int64
	track                 int
	interval              int64 // 0: there is nothing to give back
	nextAfter             int64 // the track's next after this reservation; 0 if the slot had been given back before
	pairAfter, pairBefore int64
}

func newBook() *book { return &book{channels: map[string]*channel{}} }

func (b *book) channel(id string) *channel {
	c := b.channels[id]
	if c == nil {
		c = &channel{pairs: map[string]*pair{}, slots: map[string]slot{}}
		b.channels[id] = c
	}
	return c
}

func (c *channel) pair(contact string) *pair {
	p := c.pairs[contact]
	if p == nil {
		p = &pair{}
		c.pairs[contact] = p
	}
	return p
}
