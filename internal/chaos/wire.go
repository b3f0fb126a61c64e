package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Attempt is one send as it came to the provider, and what was answered.
type Attempt struct {
	Tracker string    `json:"tracker"`
	Phone   string    `json:"phone"`
	Body    string    `json:"body"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	// Status and Answer are what the provider wrote; 0 if it cut the line instead.
	Status int    `json:"status"`
	Answer string `json:"answer,omitempty"`
	Code   int    `json:"code,omitempty"`
}

// refused tells that the provider said no, in its own words: no page of a proxy and no silence.
func (a Attempt) refused() bool { return a.Status >= 400 && a.Code != 0 }

// Mail is a customer's message on its way to retoma's door.
type Mail struct {
	// Tried is when it first went out; Acked when it was first answered with 200, zero if never.
	Tried, Acked time.Time
}

// Wire notes everything between retoma and the provider, in both directions.
type Wire struct {
	mu       sync.Mutex
	attempts []Attempt
	mail     map[string]Mail
	statuses map[string][]string // by tracker
	told     map[string]time.Time
}

func newWire() *Wire {
	return &Wire{mail: map[string]Mail{}, statuses: map[string][]string{}, told: map[string]time.Time{}}
}

// front serves the provider with an ear for sends.
func (w *Wire) front(provider http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/messages") {
			provider.ServeHTTP(out, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // it never came whole: nobody took it
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var sent struct {
			To      string `json:"to"`
			Tracker string `json:"biz_opaque_callback_data"`
		}
		if json.Unmarshal(body, &sent) != nil || sent.Tracker == "" {
			provider.ServeHTTP(out, r)
			return
		}
		tapped := &tap{ResponseWriter: out}
		attempt := Attempt{Tracker: sent.Tracker, Phone: digitsOf(sent.To), Body: string(body), Began: time.Now()}
		defer func() {
			attempt.Ended, attempt.Status, attempt.Answer = time.Now(), tapped.status, tapped.said.String()
			attempt.Code = codeOf(tapped.said.Bytes())
			w.mu.Lock()
			w.attempts = append(w.attempts, attempt)
			w.mu.Unlock()
		}()
		provider.ServeHTTP(tapped, r)
	})
}

// tap keeps what is answered.
type tap struct {
	http.ResponseWriter
	status int
	said   bytes.Buffer
}

// Unwrap lets the connection be cut through it.
func (t *tap) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tap) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *tap) Write(piece []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	if t.said.Len() < 2000 {
		t.said.Write(piece)
	}
	return t.ResponseWriter.Write(piece)
}

func codeOf(answer []byte) int {
	var said struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return 0
	}
	return said.Error.Code
}

// webhooks is the client by which the provider calls, with an ear for what is acknowledged.
func (w *Wire) webhooks() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &ear{wire: w, next: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 20 * time.Second, Proxy: nil}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type ear struct {
	wire *Wire
	next http.RoundTripper
}

// RoundTrip passes a webhook on and notes the customers' messages in it.
func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	ids, trackers := e.wire.going(body)
	response, err := e.next.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusOK {
		e.wire.arrived(ids, trackers)
	}
	return response, err
}

// going notes when messages first went out, and gives their ids, and those of ours of which a delivery state is told.
func (w *Wire) going(body []byte) (ids, trackers []string) {
	var told any
	if json.Unmarshal(body, &told) != nil {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, entry := range listIn(told, "entry") {
		for _, change := range listIn(entry, "changes") {
			value := memberOf(change, "value")
			for _, message := range listIn(value, "messages") {
				if id, is := memberOf(message, "id").(string); is {
					ids = append(ids, id)
					if _, known := w.mail[id]; !known {
						w.mail[id] = Mail{Tried: time.Now()}
					}
				}
			}
			for _, status := range listIn(value, "statuses") {
				if tracker, is := memberOf(status, "biz_opaque_callback_data").(string); is {
					trackers = append(trackers, tracker)
					w.statuses[tracker] = append(w.statuses[tracker], fmt.Sprint(time.Now().Format(clockFormat), " ", memberOf(status, "status"), " of ", memberOf(status, "timestamp")))
				}
			}
		}
	}
	return ids, trackers
}

// memberOf and listIn read webhooks in which anything may be broken.
func memberOf(thing any, name string) any {
	object, _ := thing.(map[string]any)
	return object[name]
}

func listIn(thing any, name string) []any {
	list, _ := memberOf(thing, name).([]any)
	return list
}

func (w *Wire) arrived(ids, trackers []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, tracker := range trackers {
		if w.told[tracker].IsZero() {
			w.told[tracker] = time.Now()
		}
	}
	for _, id := range ids {
		if mail := w.mail[id]; mail.Acked.IsZero() {
			mail.Acked = time.Now()
			w.mail[id] = mail
		}
	}
}

// Mailed tells how a customer's message fares.
func (w *Wire) Mailed(id string) Mail {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mail[id]
}

const clockFormat = "15:04:05.000"

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
