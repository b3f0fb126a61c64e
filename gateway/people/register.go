package people

import (
	"time"

	"retoma/internal/provider"
)

// Register is what people are looked up in, and what is said of them is written down with.
type Register struct {
	Store Store
	Waker Waker
	// Providers are the adapters by name.
	Providers map[string]provider.Provider
	// OnFiles is told that customers sent files which are to be fetched; nil tells nobody. It must not block.
	OnFiles func()
	// Backlog refuses more mail while too much of it is unread; nil refuses none.
	Backlog *Backlog
	Now     func() time.Time
	NewID   func() string
}
