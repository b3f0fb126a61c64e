package media

import (
	"context"
	"errors"
	"time"
)

// sweepAge is for how long bytes stay that no file refers to: somebody may be about to refer to them.
const sweepAge = time.Hour

const sweepMost = 200

// Sweep removes bytes that no file refers to any more, and what killed processes left half done. It tells how many blobs
// are gone; one that cannot be removed now is tried again next time.
func (s *Shelf) Sweep(ctx context.Context) (int, error) {
	_, err := s.Blobs.SweepStaging(s.Now())
	if err != nil {
		return 0, err
	}
	unused, err := s.Store.UnusedBlobs(ctx, s.Now().Add(-sweepAge), sweepMost)
	if err != nil {
		return 0, err
	}
	removed := 0
	var failures []error
	for _, blob := range unused {
		if err := s.Blobs.Remove(ctx, blob.TenantID, blob.SHA256); err != nil {
			failures = append(failures, err)
			continue
		}
		if err := s.Store.BlobGone(ctx, blob); err != nil {
			failures = append(failures, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(failures...)
}
