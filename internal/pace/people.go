package pace

import (
	"cmp"
	"slices"
)

// day is how long a person counts after the last message that began a talk (providers.md section 1.5).
const day = 24 * 3600 * second

// noShow is how long after its place a message that stands in line may still take it.
const noShow = 600 * second

// entry is a person and the instant that counts.
type entry struct {
	at      int64
	contact string
}

func byInstant(a, b entry) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.contact, b.contact))
}

// line is a set of people, in the order of their instants.
type line struct {
	entries []entry
	of      map[string]int64
}

func newLine() line { return line{of: map[string]int64{}} }

func (l *line) put(contact string, at int64) {
	l.remove(contact)
	one := entry{at, contact}
	place, _ := slices.BinarySearchFunc(l.entries, one, byInstant)
	l.entries = slices.Insert(l.entries, place, one)
	l.of[contact] = at
}

func (l *line) remove(contact string) {
	at, yes := l.of[contact]
	if !yes {
		return
	}
	delete(l.of, contact)
	place, _ := slices.BinarySearchFunc(l.entries, entry{at, contact}, byInstant)
	l.entries = slices.Delete(l.entries, place, place+1)
}

// forget drops those whose instant is not after one.
func (l *line) forget(until int64) {
	count := 0
	for count < len(l.entries) && l.entries[count].at <= until {
		delete(l.of, l.entries[count].contact)
		count++
	}
	l.entries = slices.Delete(l.entries, 0, count)
}

func (l *line) rank(contact string) int64 {
	place, _ := slices.BinarySearchFunc(l.entries, entry{l.of[contact], contact}, byInstant)
	return int64(place)
}

// people are those with whom a group has begun a talk, and those who stand in line for it. Counted is empty of what nobody
// has told yet: known says whether it was.
type people struct {
	known   bool
	counted line
	waiting line
}

func newPeople() *people { return &people{counted: newLine(), waiting: newLine()} }

// admit tells whether one more person may be counted; else from when there is room. script.go says the same in Lua.
func (p *people) admit(r request) (room bool, at int64) {
	p.counted.forget(r.now - day)
	if _, again := p.counted.of[r.contact]; again {
		return true, 0
	}
	p.waiting.forget(r.now - noShow)
	used := int64(len(p.counted.entries))
	free := r.people - used
	mine, inLine := p.waiting.of[r.contact]
	ahead := int64(len(p.waiting.entries))
	if inLine {
		ahead = p.waiting.rank(r.contact)
	}
	switch {
	case r.privileged && free > 0, free > ahead:
		return true, 0
	case r.waits && inLine && mine > r.now:
		return false, mine
	case !r.waits:
		return false, p.roomAt(max(0, -free), r.now)
	}
	p.waiting.remove(r.contact)
	at = p.roomAt(ahead-free, r.now)
	p.waiting.put(r.contact, at)
	return false, at
}

// roomAt is when the place is free again that the index-th person of those counted and then of those in line has.
func (p *people) roomAt(index, now int64) int64 {
	used := int64(len(p.counted.entries))
	at := now
	switch {
	case index < used:
		at = p.counted.entries[index].at
	case index-used < int64(len(p.waiting.entries)):
		at = p.waiting.entries[index-used].at
	}
	return max(at+day, now+second)
}

// count counts a person from an instant on.
func (p *people) count(contact string, at int64) {
	p.waiting.remove(contact)
	if at > p.counted.of[contact] {
		p.counted.put(contact, at)
	}
}
