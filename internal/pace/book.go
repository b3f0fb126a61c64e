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
	now, gap, pairBurst       int64
	tracks                    [2]track
	usable                    []int
	// memory is how long the pair may owe; 0: what was before is not asked for.
	memory int64
	// owed is what the pair turned out to owe, read for this question; nil: nobody has looked.
	owed *loan
	// people is how many the message may find counted; 0: it is not counted.
	people            int64
	privileged, waits bool
}

// answer is when to go.
type answer struct {
	at   int64
	kind kind
	used int64
}

// kind tells a slot from a mere "not before".
type kind int64

const (
	notBefore kind = iota // the pair has to wait, which takes no slot of the channel
	reserved
	full   // the people of the day are used up
	untold // nobody has told yet who was counted before
	unpaid // nobody has told yet what the pair owes
)

// book is the arithmetic in memory: GCRA (the leaky bucket as a meter, ITU-T I.371) whose theoretical arrival time is
// kept per track, plus the list of slots that were given back.
type book struct {
	mutex    sync.Mutex
	channels map[string]*channel
	groups   map[string]*people
	swept    int64
	began    int64 // when it began to remember; 0: not yet
}

type channel struct {
	tracks [2]stream
	speed  speed
	held   int64 // nobody before this
	why    string
	pairs  map[string]*pair
	slots  map[string]slot // by message
}

type stream struct {
	next int64   // the theoretical arrival time
	free []int64 // slots given back, in order
}

// pair is what went to one contact on a channel: see loan.go. Told tells that what it owed before the book began was read, and
// asks that it has to be read anew.
type pair struct {
	began, next, held int64
	told, asks        bool
}

// slot is a reservation and what is needed to take it back.
type slot struct {
	at                    int64
	track                 int
	interval              int64 // 0: there is nothing to give back
	nextAfter             int64 // the track's next after this reservation; 0 if the slot had been given back before
	pairAfter, pairBefore loan  // what the pair owed
	generation            int64 // of the channel's speed
	pairHeld              int64 // the pair's hold that the slot knew of: a later one makes it worthless
	counted               bool  // the person was counted for this message
}

func newBook() *book { return &book{channels: map[string]*channel{}, groups: map[string]*people{}} }

func (b *book) channel(id string) *channel {
	c := b.channels[id]
	if c == nil {
		c = &channel{pairs: map[string]*pair{}, slots: map[string]slot{}}
		b.channels[id] = c
	}
	return c
}

func (b *book) people(name string) *people {
	group := groupOf(name)
	p := b.groups[group]
	if p == nil {
		p = newPeople()
		b.groups[group] = p
	}
	return p
}

func (c *channel) pair(contact string) *pair {
	p := c.pairs[contact]
	if p == nil {
		p = &pair{}
		c.pairs[contact] = p
	}
	return p
}
