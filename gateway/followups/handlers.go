package followups

import (
	"time"

	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/internal/catalog"
)

// Handlers shows and moves follow-ups.
type Handlers struct {
	*people.Register
	Store   Store
	Catalog *catalog.Catalog
	// Horizon is how far ahead due times get a task at once; 0 arms everything.
	Horizon func() time.Duration
	// Paced tells what of the pace a message waits for.
	Paced briefs.Paced
}
