package store

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// passing is how long work waits for a rush.
func passing(r *rush) time.Duration {
	began := time.Now()
	r.pass(rushPatience, nil)
	return time.Since(began)
}

func TestWorkLetsWhatComesInGoFirst(t *testing.T) {
	for _, one := range []struct {
		name  string
		rush  func(r *rush)
		waits time.Duration
	}{
		{"nothing comes in", func(*rush) {}, 0},
		{"one that is written down", func(r *rush) {
			r.came()
			time.Sleep(3 * time.Millisecond)
			r.gathered(1)
			r.went()
		}, 3 * time.Millisecond},
		{"many, who were all answered and do not come back", func(r *rush) {
			for range rushSize {
				r.came()
			}
			r.gathered(rushSize)
			for range rushSize {
				r.went()
			}
		}, rushPause},
		{"many who come back at once", func(r *rush) {
			for range 4 {
				for range rushSize {
					r.came()
				}
				time.Sleep(5 * time.Millisecond)
				r.gathered(rushSize)
				for range rushSize {
					r.went()
				}
				time.Sleep(rushPause / 2)
			}
		}, 4*5*time.Millisecond + 3*rushPause/2 + rushPause},
		{"without an end", func(r *rush) {
			for range 50 {
				r.came()
				time.Sleep(5 * time.Millisecond)
			}
			for range 50 {
				r.went()
			}
		}, rushPatience},
	} {
		t.Run(one.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRush()
				go one.rush(r)
				synctest.Wait()
				require.Equal(t, one.waits, passing(r))
				time.Sleep(time.Second)
				require.Zero(t, passing(r), "once it is over, nobody waits")
			})
		})
	}
}
