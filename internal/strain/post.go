package strain

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// poster posts webhooks over many connections.
type poster struct {
	address     string
	connections int
	// rate is how many a second are begun; 0: each connection begins the next when it has its answer.
	rate float64
	// make gives the i-th request and the message's id.
	make func(i int) (request []byte, id string)
	// insists posts what was refused again, as a provider does.
	insists bool
}

// posted is what came of them.
type posted struct {
	took     time.Duration
	begun    int
	accepted []time.Duration // how long each accepted one took
	refused  []time.Duration
	acked    []string // the ids of the accepted ones
	waits    []string // the first Retry-After of each connection that was refused
	others   int      // other answers
	broken   int      // connections that broke
	unmarked int      // refusals without Retry-After
}

// run posts from an index on until the time is over or so many were begun.
func (p *poster) run(ctx context.Context, first, most int, length time.Duration) posted {
	began := time.Now()
	var next atomic.Int64
	results := make([]posted, p.connections)
	var posting sync.WaitGroup
	for c := range p.connections {
		posting.Go(func() {
			link := &link{address: p.address}
			defer link.close()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= most || p.rate > 0 && time.Duration(float64(i)/p.rate*float64(time.Second)) > length || time.Since(began) > length {
					return
				}
				if p.rate > 0 {
					time.Sleep(time.Until(began.Add(time.Duration(float64(i) / p.rate * float64(time.Second)))))
				}
				request, id := p.make(first + i)
				for !results[c].note(link, request, id) && p.insists && pause(ctx, time.Second) {
					continue
				}
			}
		})
	}
	posting.Wait()
	all := posted{took: time.Since(began)}
	for _, one := range results {
		all.add(one)
	}
	return all
}

// note posts one and tells whether it was accepted.
func (r *posted) note(link *link, request []byte, id string) bool {
	began := time.Now()
	status, after, err := link.send(request)
	took := time.Since(began)
	r.begun++
	switch {
	case err != nil:
		r.broken++
	case status == http.StatusOK:
		r.accepted = append(r.accepted, took)
		r.acked = append(r.acked, id)
	case status == http.StatusServiceUnavailable:
		r.refused = append(r.refused, took)
		if after == "" {
			r.unmarked++
		} else if len(r.waits) == 0 {
			r.waits = append(r.waits, after)
		}
	default:
		r.others++
	}
	return err == nil && status == http.StatusOK
}

func (r *posted) add(one posted) {
	r.begun += one.begun
	r.accepted = append(r.accepted, one.accepted...)
	r.refused = append(r.refused, one.refused...)
	r.acked = append(r.acked, one.acked...)
	r.waits = append(r.waits, one.waits...)
	r.others += one.others
	r.broken += one.broken
	r.unmarked += one.unmarked
}

// link is one connection, made again when it ends.
type link struct {
	address    string
	connection net.Conn
	reader     *bufio.Reader
}

func (l *link) close() {
	if l.connection != nil {
		_ = l.connection.Close()
		l.connection = nil
	}
}

func (l *link) send(request []byte) (status int, after string, err error) {
	if l.connection == nil {
		if l.connection, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", l.address); err != nil {
			l.connection = nil
			return 0, "", err
		}
		l.reader = bufio.NewReader(l.connection)
	}
	_ = l.connection.SetDeadline(time.Now().Add(30 * time.Second))
	_, writing := l.connection.Write(request) // whoever is refused early may not have read it all
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		l.close()
		return 0, "", err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if answer.Close || writing != nil || strings.EqualFold(answer.Header.Get("Connection"), "close") {
		l.close()
	}
	return answer.StatusCode, answer.Header.Get("Retry-After"), nil
}

// quantile is a time that so many of them did not exceed.
func quantile(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[int(share*float64(len(sorted)-1))].Round(100 * time.Microsecond)
}
