package scripted

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Server is the service, on a loopback port of its own.
type Server struct {
	listener net.Listener
	http     *http.Server
	closing  chan struct{}
	served   sync.WaitGroup

	mutex    sync.Mutex
	script   []Reply
	answer   func(Request) Reply
	requests []Request
	waiting  int
	changed  chan struct{}
}

// Start serves. Without a script and without a function every request gets an error.
func Start(script ...Reply) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{listener: listener, closing: make(chan struct{}), script: script, changed: make(chan struct{})}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	s.served.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	})
	return s, nil
}

// BaseURL is what a client is given.
func (s *Server) BaseURL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// Close ends every answer that still hangs, and the service.
func (s *Server) Close() {
	s.mutex.Lock()
	select {
	case <-s.closing:
	default:
		close(s.closing)
	}
	s.mutex.Unlock()
	if err := s.http.Close(); err != nil {
		return // the listener is gone already
	}
	s.served.Wait()
}

// Then adds answers to the script. What is in the script goes first, the function answers what comes after it.
func (s *Server) Then(replies ...Reply) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.script = append(s.script, replies...)
}

// Answer has a function answer whatever the script has no answer for.
func (s *Server) Answer(answer func(Request) Reply) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.answer = answer
}

// Requests are those that came so far, in order.
func (s *Server) Requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Request(nil), s.requests...)
}

// Waiting is how many requests have come and were not yet answered.
func (s *Server) Waiting() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.waiting
}

// Await waits until so many requests have come, or ctx ends.
func (s *Server) Await(ctx context.Context, count int) error {
	for {
		s.mutex.Lock()
		came, changed := len(s.requests), s.changed
		s.mutex.Unlock()
		if came >= count {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// note keeps a request and chooses its answer.
func (s *Server) note(request Request) Reply {
	s.mutex.Lock()
	s.requests = append(s.requests, request)
	s.waiting++
	close(s.changed)
	s.changed = make(chan struct{})
	answer := s.answer
	if len(s.script) > 0 {
		first := s.script[0]
		s.script = s.script[1:]
		s.mutex.Unlock()
		return first
	}
	s.mutex.Unlock()
	if answer == nil {
		return Reply{Status: http.StatusTeapot, Code: "script_over", Message: "nothing is written down for this request"}
	}
	return answer(request)
}

func (s *Server) answered() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.waiting--
}

const mostBody = 8 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	if err != nil {
		return
	}
	asked := Request{Header: r.Header.Clone(), Path: r.URL.Path, Raw: body}
	if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" || json.Unmarshal(body, &asked) != nil {
		send(w, Request{}, Fail(http.StatusNotFound, "unknown_url"))
		return
	}
	reply := s.note(asked)
	defer s.answered()
	if !s.pause(r.Context(), reply.Delay) {
		return
	}
	if reply.Hang {
		s.hang(w, r, reply)
		return
	}
	if reply.Cut {
		panic(http.ErrAbortHandler)
	}
	send(w, asked, reply)
}

func (s *Server) pause(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

func (s *Server) hang(w http.ResponseWriter, r *http.Request, reply Reply) {
	if reply.Begun {
		w.Header().Set("Content-Type", "application/json")
		if _, err := io.WriteString(w, `{"choices": [`); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
	}
	select {
	case <-r.Context().Done():
	case <-s.closing:
	}
}

// send writes an answer; a caller who has gone meanwhile is nobody's loss.
func send(w http.ResponseWriter, asked Request, reply Reply) {
	kind, body := "application/json", []byte(reply.Body)
	if reply.ContentType != "" {
		kind = reply.ContentType
	}
	status := http.StatusOK
	if reply.Status != 0 {
		status = reply.Status
	}
	if reply.Body == "" {
		body = reply.encoded(asked, status)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if reply.RetryAfter != "" {
		w.Header().Set("Retry-After", reply.RetryAfter)
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return
	}
}
