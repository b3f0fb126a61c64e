package strain

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWebhookIsWholeAndSigned(t *testing.T) {
	n := number{account: "710001", path: "/webhooks/meta/token"}
	raw := n.request(n.message(phone("9901", 7), "wamid.1", 100))
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	require.NoError(t, err)
	body, err := io.ReadAll(request.Body)
	require.NoError(t, err)
	require.Equal(t, n.path, request.URL.Path)
	require.True(t, json.Valid(body))
	mac := hmac.New(sha256.New, []byte(appSecret))
	_, _ = mac.Write(body)
	require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), request.Header.Get("X-Hub-Signature-256"))
	require.Contains(t, string(body), `"from":"5511990100007"`)
}

// Half of what is posted is refused, and each fourth refusal ends its connection.
func TestWhatIsPostedIsCounted(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		i := asked.Add(1)
		if i%2 == 0 {
			return
		}
		if i%8 == 1 {
			w.Header().Set("Connection", "close")
		}
		if i%8 != 3 {
			w.Header().Set("Retry-After", "2")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	n := number{account: "710001", path: "/webhooks/meta/token"}
	p := &poster{address: strings.TrimPrefix(server.URL, "http://"), connections: 3, make: func(i int) ([]byte, string) {
		return n.request(n.message("5511999990001", fmt.Sprint(i), 0)), fmt.Sprint(i)
	}}
	got := p.run(t.Context(), 10, 80, time.Minute)
	require.Equal(t, 80, got.begun)
	require.Len(t, got.accepted, 40)
	require.Len(t, got.acked, 40)
	require.Len(t, got.refused, 40)
	require.Equal(t, 10, got.unmarked)
	require.Zero(t, got.others+got.broken)
}

func TestAQuantileIsNoMoreThanAskedFor(t *testing.T) {
	times := []time.Duration{4 * time.Second, time.Second, 3 * time.Second, 2 * time.Second, 5 * time.Second}
	require.Equal(t, 3*time.Second, quantile(times, 0.5))
	require.Equal(t, 5*time.Second, quantile(times, 1))
	require.Zero(t, quantile(nil, 0.5))
}

func TestTheFiguresAreWritten(t *testing.T) {
	var told strings.Builder
	(&Overloaded{Layout: "one process", Sustainable: 100, Flood: posted{took: time.Second, begun: 1000, accepted: []time.Duration{time.Second}, refused: make([]time.Duration, 999)}}).Write(&told)
	require.Contains(t, told.String(), "1000/s (10.0 times)")
	require.Contains(t, told.String(), "refused with 503        999 (100 %)")
	(&Fair{Layout: "one process", Many: 50_000, Late: []time.Duration{time.Second, 2 * time.Second}, Before: []int{3, 7}}).Write(&told)
	require.Contains(t, told.String(), "at most 2s after its time; at most 7 of the many began meanwhile")
}
