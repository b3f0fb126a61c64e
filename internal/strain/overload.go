package strain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"retoma/internal/processes"
)

const (
	// numbers is how many numbers the webhooks are for, customers how many people write to each.
	numbers   = 4
	customers = 2000
	// usual is how many connections a provider has when it can send as fast as it is answered, flooding how many when it floods.
	usual    = 64
	flooding = 2500
	tenfold  = 10
	// large is close to the largest webhook.
	large = 2_900_000
)

// Overloaded is what came of too much.
type Overloaded struct {
	Layout      string
	Sustainable float64 // webhooks a second, each acknowledged before the next
	Idle        float64 // MB resident before
	Flood       posted
	Large       posted
	// Calls and Health are an operator's calls and questions about health meanwhile.
	Calls, Health []time.Duration
	CallsRefused  int
	HealthFailed  int
	Peak          float64 // MB resident in the flood
	PeakLarge     float64 // and while large bodies come
	Recovered     time.Duration
	Drained       time.Duration
	Backlog       float64 // unread mail at the end of the flood
	Acknowledged  int
	Lost, Doubled int
}

// Overload finds the rate that is sustained, asks for ten times as much, and counts.
func Overload(ctx context.Context, o Options) (*Overloaded, error) {
	s, err := newStand(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c, err := s.found(ctx, s.api, "7100", numbers)
	if err != nil {
		return nil, err
	}
	p := &poster{address: strings.TrimPrefix(s.base, "http://"), make: func(i int) ([]byte, string) {
		n, id := c.channels[i%numbers], fmt.Sprintf("wamid.%09d", i)
		return n.request(n.message(phone("99"+n.account[len(n.account)-2:], i/numbers%customers), id, 0)), id
	}}
	r := &Overloaded{Layout: o.Layout(), Idle: s.resident()}
	everything := []string{}
	p.connections = usual
	warm := p.run(ctx, 0, 1<<30, 5*time.Second)
	sustained := p.run(ctx, warm.begun, 1<<30, 10*time.Second)
	everything = append(append(everything, warm.acked...), sustained.acked...)
	r.Sustainable = float64(len(sustained.accepted)) / sustained.took.Seconds()
	o.tell("sustained: %.0f webhooks/s, p50 %s, p99 %s", r.Sustainable, quantile(sustained.accepted, 0.5), quantile(sustained.accepted, 0.99))
	if _, err := s.drain(ctx); err != nil {
		return nil, err
	}
	used := warm.begun + sustained.begun
	stop := s.look(ctx, r)
	p.connections, p.rate = flooding, tenfold*r.Sustainable
	r.Flood = p.run(ctx, used, 1<<30, o.Minute)
	r.Peak = stop()
	r.Backlog = s.metric(ctx, "retoma_inbox_waiting")
	everything = append(everything, r.Flood.acked...)
	used += r.Flood.begun
	o.tell("flood: %d begun in %s, %d accepted, %d refused, %d broken; peak %.0f MB", r.Flood.begun, r.Flood.took.Round(time.Second), len(r.Flood.accepted), len(r.Flood.refused), r.Flood.broken, r.Peak)
	if r.Recovered, used, err = s.recover(ctx, p, used, &everything); err != nil {
		return nil, err
	}
	if r.Drained, err = s.drain(ctx); err != nil {
		return nil, err
	}
	stop = s.look(ctx, &Overloaded{})
	heavy := &poster{address: p.address, connections: 64, make: func(i int) ([]byte, string) {
		n, id := c.channels[i%numbers], fmt.Sprintf("wamid.%09d", i)
		return n.request(n.message(phone("99"+n.account[len(n.account)-2:], i/numbers%customers), id, large)), id
	}}
	r.Large = heavy.run(ctx, used, 1<<30, 15*time.Second)
	r.PeakLarge = stop()
	if _, err := s.drain(ctx); err != nil {
		return nil, err
	}
	return r, s.compare(ctx, r, everything)
}

// look watches memory, and asks as an operator and as a balancer would, until it is stopped; it gives the most memory.
func (s *stand) look(ctx context.Context, r *Overloaded) (stop func() float64) {
	looking, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	peak := 0.0
	watching.Go(func() {
		for pause(looking, 200*time.Millisecond) {
			peak = max(peak, s.resident())
		}
	})
	operator := processes.NewAPI(s.base, adminKey)
	for _, asked := range []struct {
		path   string
		took   *[]time.Duration
		failed *int
	}{{"/api/channels", &r.Calls, &r.CallsRefused}, {"/healthz", &r.Health, &r.HealthFailed}} {
		watching.Go(func() {
			for pause(looking, 200*time.Millisecond) {
				began := time.Now()
				status, _, err := operator.Once(looking, http.MethodGet, asked.path, "", nil)
				switch {
				case looking.Err() != nil:
				case err != nil || status != http.StatusOK:
					*asked.failed++
				default:
					*asked.took = append(*asked.took, time.Since(began))
				}
			}
		})
	}
	return func() float64 {
		cancel()
		watching.Wait()
		return peak
	}
}

// recover posts one webhook after another until twenty in a row are accepted within 100 ms each, and tells how long it was until the first
// of these.
func (s *stand) recover(ctx context.Context, p *poster, used int, acked *[]string) (time.Duration, int, error) {
	began, well, since := time.Now(), 0, time.Now()
	one := &poster{address: p.address, connections: 1, make: p.make}
	for well < 20 {
		if time.Since(began) > 2*time.Minute {
			return 0, used, errors.New("it did not recover within two minutes")
		}
		at := time.Now()
		got := one.run(ctx, used, 1, time.Minute)
		used += got.begun
		*acked = append(*acked, got.acked...)
		if len(got.accepted) == 1 && got.accepted[0] < 100*time.Millisecond {
			if well == 0 {
				since = at
			}
			well++
			continue
		}
		well = 0
		pause(ctx, 50*time.Millisecond)
	}
	return since.Sub(began), used, nil
}

// looked is how old the numbers of /metrics that stand in SQL may be.
const looked = 10 * time.Second

// drain waits until workers have read everything, to within ten seconds.
func (s *stand) drain(ctx context.Context) (time.Duration, error) {
	if !pause(ctx, looked+time.Second) {
		return 0, ctx.Err()
	}
	return until(ctx, 10*time.Minute, func() bool { return s.metric(ctx, "retoma_inbox_waiting") == 0 })
}

// compare holds what was acknowledged against what is there.
func (s *stand) compare(ctx context.Context, r *Overloaded, acked []string) error {
	rows, err := processes.All[struct {
		ProviderID string `json:"providerId"`
	}](ctx, s.api, "/api/messages?limit=200")
	if err != nil {
		return err
	}
	there := map[string]int{}
	for _, row := range rows {
		there[row.ProviderID]++
	}
	r.Acknowledged = len(acked)
	for _, id := range acked {
		switch count := there[id]; {
		case count == 0:
			r.Lost++
		case count > 1:
			r.Doubled++
		}
	}
	return nil
}

// Write writes the figures for people.
func (r *Overloaded) Write(to io.Writer) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(to, format+"\n", args...) }
	line("overload: %s", r.Layout)
	line("  sustainable             %.0f webhooks/s", r.Sustainable)
	line("  asked for               %.0f/s (%.1f times) for %s", float64(r.Flood.begun)/r.Flood.took.Seconds(), float64(r.Flood.begun)/r.Flood.took.Seconds()/r.Sustainable, r.Flood.took.Round(time.Second))
	line("  accepted                %d (%.0f/s), p50 %s, p99 %s", len(r.Flood.accepted), float64(len(r.Flood.accepted))/r.Flood.took.Seconds(), quantile(r.Flood.accepted, 0.5), quantile(r.Flood.accepted, 0.99))
	line("  refused with 503        %d (%.0f %%), p50 %s, p99 %s; without Retry-After %d; other answers %d, broken connections %d",
		len(r.Flood.refused), 100*float64(len(r.Flood.refused))/float64(max(1, r.Flood.begun)), quantile(r.Flood.refused, 0.5), quantile(r.Flood.refused, 0.99), r.Flood.unmarked, r.Flood.others, r.Flood.broken)
	line("  an operator's calls     %d answered, p50 %s, p99 %s; %d refused", len(r.Calls), quantile(r.Calls, 0.5), quantile(r.Calls, 0.99), r.CallsRefused)
	line("  /healthz                %d answered, p50 %s, p99 %s; %d not", len(r.Health), quantile(r.Health, 0.5), quantile(r.Health, 0.99), r.HealthFailed)
	line("  resident                %.0f MB before, %.0f MB at most", r.Idle, r.Peak)
	line("  bodies of 2.9 MB        %d accepted (p50 %s), %d refused, %d broken; %.0f MB at most", len(r.Large.accepted), quantile(r.Large.accepted, 0.5), len(r.Large.refused), r.Large.broken, r.PeakLarge)
	line("  unread at the end       %.0f; read %s after the doors were well again, or up to ten seconds before that", r.Backlog, (r.Drained + looked).Round(time.Second))
	line("  doors well again        %s after the flood", r.Recovered.Round(time.Millisecond))
	line("  acknowledged            %d; lost %d, doubled %d", r.Acknowledged, r.Lost, r.Doubled)
}
