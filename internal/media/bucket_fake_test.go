package media

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeS3 is a small S3: one bucket, whole objects, signatures looked at by their form.
type fakeS3 struct {
	mutex    sync.Mutex
	objects  map[string][]byte
	requests []string
	// broken makes every request fail.
	broken bool
}

const (
	fakeKey    = "AKIATEST"
	fakeBucket = "retoma-media"
)

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	if f.broken {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+fakeKey+"/") {
		refuseS3(w, http.StatusForbidden, "AccessDenied")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/"+fakeBucket)
	switch {
	case path == r.URL.Path:
		refuseS3(w, http.StatusNotFound, "NoSuchBucket")
	case r.URL.Query().Has("location"):
		_, _ = io.WriteString(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">us-east-1</LocationConstraint>`)
	case r.Method == http.MethodHead && strings.Trim(path, "/") == "":
	case r.Method == http.MethodPut:
		f.put(w, r, path)
	case r.Method == http.MethodDelete:
		delete(f.objects, path)
		w.WriteHeader(http.StatusNoContent)
	default:
		f.get(w, r, path)
	}
}

func refuseS3(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

func (f *fakeS3) put(w http.ResponseWriter, r *http.Request, path string) {
	body, err := readSigned(r)
	if err != nil {
		refuseS3(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	f.objects[path] = body
	w.Header().Set("ETag", `"1"`)
}

// readSigned takes the signatures of the parts out of a body (aws-chunked).
func readSigned(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	from := bufio.NewReader(r.Body)
	var whole bytes.Buffer
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		count, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return nil, err
		}
		if count == 0 {
			return whole.Bytes(), nil
		}
		if _, err := io.CopyN(&whole, from, count); err != nil {
			return nil, err
		}
		if _, err := from.Discard(2); err != nil {
			return nil, err
		}
	}
}

func (f *fakeS3) get(w http.ResponseWriter, r *http.Request, path string) {
	object, known := f.objects[path]
	if !known {
		refuseS3(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Last-Modified", "Fri, 10 Jul 2026 13:00:00 GMT")
	part, status := object, http.StatusOK
	if asked, is := strings.CutPrefix(r.Header.Get("Range"), "bytes="); is {
		first, _, _ := strings.Cut(asked, "-")
		from, err := strconv.Atoi(first)
		if err != nil || from > len(object) {
			refuseS3(w, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
			return
		}
		part, status = object[from:], http.StatusPartialContent
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(object)-1, len(object)))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(part)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(part)
	}
}

func (f *fakeS3) count(method string) int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	count := 0
	for _, request := range f.requests {
		if strings.HasPrefix(request, method+" ") {
			count++
		}
	}
	return count
}

func fakeAddress(server *httptest.Server) string {
	return "s3://" + fakeKey + ":secret%2Fpart@" + strings.TrimPrefix(server.URL, "http://") + "/" + fakeBucket + "/files?region=us-east-1&tls=false&style=path"
}

func openFake(t *testing.T) (*Blobs, *fakeS3) {
	t.Helper()
	fake := &fakeS3{objects: map[string][]byte{}}
	blobs, err := Open(fakeAddress(newServer(t, fake)), t.TempDir())
	require.NoError(t, err)
	return blobs, fake
}

func newServer(t *testing.T, fake *fakeS3) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return server
}
