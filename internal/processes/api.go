package processes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// API is retoma's HTTP surface as a platform calls it: whoever is not answered asks again, with the same key.
type API struct {
	base, key string
	client    *http.Client
	// slots bound how many requests are under way, as a platform's connection pool does.
	slots chan struct{}
}

// NewAPI speaks to the address, such as http://127.0.0.1:8080, with an API key.
func NewAPI(base, key string) *API {
	return &API{base: base, key: key, slots: make(chan struct{}, 48), client: &http.Client{
		Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 48, IdleConnTimeout: 20 * time.Second, Proxy: nil},
	}}
}

// Refusal is an answer that asking again would not change.
type Refusal struct {
	Method, Path string
	Status       int
	Body         string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s %s: %d %s", r.Method, r.Path, r.Status, r.Body)
}

// askAgain is the pause between two tries of a request.
const askAgain = 400 * time.Millisecond

// Insist asks until there is an answer that counts, or ctx ends. A key makes repeating harmless; it may be empty where a repetition is
// harmless by itself.
func (a *API) Insist(ctx context.Context, method, path, key string, body, into any) error {
	for {
		status, raw, err := a.Once(ctx, method, path, key, body)
		switch {
		case err == nil && status < 300:
			return decode(raw, into)
		case err == nil && final(status):
			return &Refusal{method, path, status, string(raw)}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s %s was not answered: %w", method, path, ctx.Err())
		case <-time.After(askAgain):
		}
	}
}

// final tells which refusals stay: a conflict of keys is a request that died, and passes.
func final(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusConflict && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
}

func decode(raw []byte, into any) error {
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// Once asks one time and gives the status and the body.
func (a *API) Once(ctx context.Context, method, path, key string, body any) (int, []byte, error) {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
	defer func() { <-a.slots }()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		sent = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, sent)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.key)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	raw, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	return response.StatusCode, raw, err
}

// page is one answer of a list.
type page[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"nextCursor"`
}

// All reads a list to its end. The path must hold a query already.
func All[T any](ctx context.Context, a *API, path string) ([]T, error) {
	var rows []T
	cursor := ""
	for {
		var got page[T]
		if err := a.Insist(ctx, http.MethodGet, path+cursor, "", nil, &got); err != nil {
			return nil, err
		}
		rows = append(rows, got.Data...)
		if got.NextCursor == nil || *got.NextCursor == "" {
			return rows, nil
		}
		cursor = "&cursor=" + *got.NextCursor
	}
}

// Base is the address that it speaks to.
func (a *API) Base() string { return a.base }
