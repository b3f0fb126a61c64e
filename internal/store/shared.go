package store

import (
	"context"
	"sync"
	"time"
)

// sharedPatience is how long a reading may take that belongs to several callers.
const sharedPatience = 10 * time.Second

// shared lets callers who ask for the same thing at once share one answer. An answer is only given to those who asked before
// its reading began, so nobody is told anything older than their own question.
type shared[T any] struct {
	mutex sync.Mutex
	// next are the readings that wait for the one under way to end; those who ask meanwhile join them.
	next map[string]*reply[T]
	busy map[string]bool
}

type reply[T any] struct {
	read  func(context.Context) (T, error)
	done  chan struct{}
	value T
	err   error
}

func newShared[T any]() *shared[T] {
	return &shared[T]{next: map[string]*reply[T]{}, busy: map[string]bool{}}
}

// ask gives what read says of a name.
func (s *shared[T]) ask(ctx context.Context, name string, read func(context.Context) (T, error)) (T, error) {
	s.mutex.Lock()
	if !s.busy[name] {
		s.busy[name] = true
		s.mutex.Unlock()
		value, err := read(ctx)
		s.end(name)
		return value, err
	}
	joined := s.next[name]
	if joined == nil {
		joined = &reply[T]{read: read, done: make(chan struct{})}
		s.next[name] = joined
	}
	s.mutex.Unlock()
	select {
	case <-joined.done:
		return joined.value, joined.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// end begins the reading that waits, if one does. It belongs to several callers, so it does not end with any of them.
func (s *shared[T]) end(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	waiting := s.next[name]
	if waiting == nil {
		delete(s.busy, name)
		return
	}
	delete(s.next, name)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), sharedPatience)
		defer cancel()
		waiting.value, waiting.err = waiting.read(ctx)
		close(waiting.done)
		s.end(name)
	}()
}
