package media

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// FetchStore is what the fetcher asks of SQL.
type FetchStore interface {
	// ClaimFetches takes files that are due; each is nobody else's until the lease is over.
	ClaimFetches(ctx context.Context, now time.Time, lease time.Duration, limit int, busy []string) ([]chat.File, error)
	KeepFetching(ctx context.Context, claims []chat.File, until time.Time) error
	EndFetch(ctx context.Context, claim chat.File, came desk.Fetched) error
	Channel(ctx context.Context, tenantID, id string) (chat.Channel, error)
}

const (
	// fetchPlaces is how many files one process fetches at a time, and fetchShare how many of them are one tenant's.
	fetchPlaces = 16
	fetchShare  = 8
	// fetchScan is how often what is due is looked for where nobody said anything.
	fetchScan = 2 * time.Second
	// fetchLease is how long a process may be silent about a file before another takes it; it says so every fetchPulse.
	fetchLease = 20 * time.Second
	fetchPulse = 5 * time.Second
	// fetchLimit is how long one file may take.
	fetchLimit = 5 * time.Minute
	noteLimit  = 5 * time.Second
)

// Fetcher fetches what customers send, beside everything else: as soon as the message is committed, again while it can
// still be had, and once, whichever processes look for it.
type Fetcher struct {
	FetcherOptions

	arrived chan struct{}
	ended   chan string
	mutex   sync.Mutex
	claims  map[string]chat.File
	running sync.WaitGroup
	stop    context.CancelFunc
	stopped chan struct{}
}

// FetcherOptions are the parts of a Fetcher; all are needed.
type FetcherOptions struct {
	Store     FetchStore
	Shelf     *Shelf
	Providers map[string]provider.Provider
	Now       func() time.Time
	Logger    *slog.Logger
	// Observe, if set, is told what came of an attempt.
	Observe func(outcome string, bytes int64, took time.Duration)
}

// NewFetcher makes a fetcher that does nothing before it is started.
func NewFetcher(o FetcherOptions) *Fetcher {
	if o.Observe == nil {
		o.Observe = func(string, int64, time.Duration) {}
	}
	return &Fetcher{
		FetcherOptions: o, arrived: make(chan struct{}, 1), ended: make(chan string, fetchPlaces), stopped: make(chan struct{}),
		claims: map[string]chat.File{},
	}
}

// Start begins to fetch; Stop ends it. A fetcher is started once.
func (f *Fetcher) Start(ctx context.Context) {
	ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(f.stopped)
		f.loop(ctx)
		f.running.Wait()
	}()
}

// Stop gives back what is being fetched and waits for that.
func (f *Fetcher) Stop() {
	f.stop()
	<-f.stopped
}

// Arrived says that there may be files to be fetched. It never blocks.
func (f *Fetcher) Arrived() {
	select {
	case f.arrived <- struct{}{}:
	default:
	}
}

func (f *Fetcher) loop(ctx context.Context) {
	scan, pulse := time.NewTicker(fetchScan), time.NewTicker(fetchPulse)
	defer scan.Stop()
	defer pulse.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pulse.C:
			f.keep(ctx)
			continue
		case id := <-f.ended:
			f.forget(id)
		case <-f.arrived:
		case <-scan.C:
		}
		f.claim(ctx)
	}
}

// claim takes what is due as long as there is room.
func (f *Fetcher) claim(ctx context.Context) {
	for {
		room, busy := f.room()
		if room == 0 {
			return
		}
		claimed, err := f.Store.ClaimFetches(ctx, f.Now(), fetchLease, room, busy)
		if err != nil {
			if ctx.Err() == nil {
				f.Logger.Warn("customers' files could not be looked for; the next scan tries again", "error", err)
			}
			return
		}
		for _, file := range claimed {
			f.begin(ctx, file)
		}
		if len(claimed) < room {
			return
		}
	}
}

// room tells how many files may be taken, and of which tenants none.
func (f *Fetcher) room() (room int, busy []string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	byTenant := map[string]int{}
	for _, claim := range f.claims {
		byTenant[claim.TenantID]++
	}
	for tenantID, count := range byTenant {
		if count >= fetchShare {
			busy = append(busy, tenantID)
		}
	}
	return min(fetchPlaces-len(f.claims), fetchShare), busy
}

func (f *Fetcher) begin(ctx context.Context, file chat.File) {
	f.mutex.Lock()
	f.claims[file.ID] = file
	f.mutex.Unlock()
	f.running.Add(1)
	go func() {
		defer f.running.Done()
		f.fetch(ctx, file)
		select {
		case f.ended <- file.ID:
		case <-ctx.Done():
		}
	}()
}

func (f *Fetcher) forget(id string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	delete(f.claims, id)
}

// keep tells other processes that this one is still fetching.
func (f *Fetcher) keep(ctx context.Context) {
	f.mutex.Lock()
	claims := make([]chat.File, 0, len(f.claims))
	for _, claim := range f.claims {
		claims = append(claims, claim)
	}
	f.mutex.Unlock()
	if len(claims) == 0 {
		return
	}
	if err := f.Store.KeepFetching(ctx, claims, f.Now().Add(fetchLease)); err != nil && ctx.Err() == nil {
		f.Logger.Warn("other processes could not be told what is being fetched", "files", len(claims), "error", err)
	}
}

// fetch gets one file and notes what came of it.
func (f *Fetcher) fetch(ctx context.Context, file chat.File) {
	began := f.Now()
	during, cancel := context.WithTimeout(ctx, fetchLimit)
	came, err := f.guarded(during, file)
	cancel()
	if err != nil {
		came = f.judge(file, err, ctx.Err() != nil)
	}
	noting, done := context.WithTimeout(context.WithoutCancel(ctx), noteLimit)
	defer done()
	if failed := f.Store.EndFetch(noting, file, came); failed != nil {
		f.Logger.Error("what came of a customer's file could not be noted; it is fetched again", "tenant", file.TenantID, "media", file.ID, "error", failed)
	}
	f.Observe(string(came.State), came.Size, f.Now().Sub(began))
	f.Logger.Info("customer's file fetched", "tenant", file.TenantID, "channel", file.ChannelID, "message", file.MessageID, "media", file.ID,
		"kind", file.Kind, "outcome", string(came.State), "code", string(fault.CodeOf(err)), "try", file.Tries, "bytes", came.Size, "ms", f.Now().Sub(began).Milliseconds())
}

func (f *Fetcher) guarded(ctx context.Context, file chat.File) (came desk.Fetched, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return f.get(ctx, file)
}
