package sandbox

import (
	"net/http"
	"strconv"
)

// breakingWriter sends half of an answer and then closes the connection, so that the client sees a body shorter than was said.
type breakingWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader keeps the status until the length of the answer is known.
func (w *breakingWriter) WriteHeader(status int) { w.status = status }

func (w *breakingWriter) Write(body []byte) (int, error) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	_, _ = w.ResponseWriter.Write(body[:len(body)/2])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Unwrap lets [http.ResponseController] find the connection.
func (w *breakingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// slowWriter sends an answer a few bytes at a time.
type slowWriter struct {
	http.ResponseWriter
	bytes int
	wait  func()
}

func (w *slowWriter) Write(body []byte) (int, error) {
	written := 0
	for written < len(body) {
		n, err := w.ResponseWriter.Write(body[written:min(written+w.bytes, len(body))])
		written += n
		if err != nil {
			return written, err
		}
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		w.wait()
	}
	return written, nil
}

// Unwrap lets [http.ResponseController] find the connection.
func (w *slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
