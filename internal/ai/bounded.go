package ai

import (
	"errors"
	"io"
	"net/http"
)

// bounded carries requests and cuts off answers that are far too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip carries one request.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err == nil {
		response.Body = &boundedBody{ReadCloser: response.Body, left: largestAnswer}
	}
	return response, err
}

var errTooLarge = errors.New("the answer is too large")

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read fails once more was read than an answer may have.
func (b *boundedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if b.left -= n; b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
