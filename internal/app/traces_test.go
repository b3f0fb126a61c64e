package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"retoma/internal/app"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// receiver takes traces as a collector does.
type receiver struct {
	server *httptest.Server
	mutex  sync.Mutex
	spans  []received
}

// received is a span and the role of the process that sent it.
type received struct {
	*otlp.Span
	role string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/v1/traces" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if err := r.take(request); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) take(request *http.Request) error {
	body := io.Reader(request.Body)
	if request.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var told collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &told); err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, resource := range told.ResourceSpans {
		role := ""
		for _, attribute := range resource.Resource.Attributes {
			if attribute.Key == "retoma.role" {
				role = attribute.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				r.spans = append(r.spans, received{span, role})
			}
		}
	}
	return nil
}

func (r *receiver) all() []received {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.spans)
}

// below gives the one span of a name that is below another in its trace.
func below(t *testing.T, spans []received, above received, name string) received {
	t.Helper()
	var found []received
	for _, span := range spans {
		if span.Name == name && bytes.Equal(span.ParentSpanId, above.SpanId) {
			require.Equal(t, callersTrace, hex.EncodeToString(span.TraceId))
			found = append(found, span)
		}
	}
	require.Len(t, found, 1, "%s below %s", name, above.Name)
	require.LessOrEqual(t, above.StartTimeUnixNano, found[0].StartTimeUnixNano)
	return found[0]
}

const answering = `{"name":"Responde","nodes":[
	{"id":"t","type":"trigger","with":{"event":"message.received"},"next":"r"},
	{"id":"r","type":"send_message","with":{"text":"Recebido"}}]}`

// callersTrace is what a platform in front of us says that it is doing.
const callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"

// TestOneTraceLeadsFromTheWebhookToTheDelivery lets a customer write to one process, which is answered by another where the
// services are at hand, and follows the spans that both have told of.
func TestOneTraceLeadsFromTheWebhookToTheDelivery(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			took := newReceiver(t)
			s := newScene(t, engine)
			s.config.TraceEndpoint = took.server.URL
			s.traceFirst()
			folder := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(folder, "responde.json"), []byte(answering), 0o600))
			front, back := s.config, s.config
			front.Flows = folder
			if apart := engine == "postgres" && os.Getenv(redisVariable) != ""; apart {
				front.RedisURL = emptyRedis(t)
				back.RedisURL = front.RedisURL
				front.Role, back.Role = "gateway", "worker"
				worker, err := app.Start(t.Context(), back, io.Discard, quiet(), app.Hooks{})
				require.NoError(t, err)
				defer func() { require.NoError(t, worker.Stop(context.WithoutCancel(t.Context()))) }()
			}
			gateway, err := app.Start(t.Context(), front, io.Discard, quiet(), app.Hooks{})
			require.NoError(t, err)
			defer func() { require.NoError(t, gateway.Stop(context.WithoutCancel(t.Context()))) }()

			_, err = s.whatsapp.Write(ana, sandbox.Incoming{Text: "oi, é a Ana", Name: "Ana Souza"})
			require.NoError(t, err)
			var spans []received
			require.Eventually(t, func() bool {
				spans = took.all()
				return names(spans, "status delivered") && names(spans, "send")
			}, 60*time.Second, 50*time.Millisecond)

			caller := received{Span: &otlp.Span{Name: "caller", SpanId: []byte{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}}}
			request := below(t, spans, caller, "POST /webhooks/{provider}/{channelToken}")
			writing := below(t, spans, request, "write down")
			reading := below(t, spans, writing, "read message.received")
			deciding := below(t, spans, reading, "decide")
			claiming := below(t, spans, deciding, "claim")
			sending := below(t, spans, claiming, "send")
			delivered := below(t, spans, claiming, "status delivered")
			for role, list := range map[string][]received{front.Role: {request, writing, delivered}, back.Role: {reading, deciding, claiming, sending}} {
				for _, span := range list {
					require.Equal(t, role, span.role, span.Name)
				}
			}
			require.Len(t, delivered.Links, 1, "the webhook that told it")
			require.NotEqual(t, callersTrace, hex.EncodeToString(delivered.Links[0].TraceId))
			nothingPersonal(t, spans, s)
		})
	}
}

func names(spans []received, name string) bool {
	return slices.ContainsFunc(spans, func(one received) bool { return one.Name == name })
}

// traceFirst lets the customer's first webhook name the trace of a caller in front of us.
func (s *scene) traceFirst() {
	var once sync.Once
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forward := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", s.config.Addr
			once.Do(func() { p.Out.Header.Set("traceparent", "00-"+callersTrace+"-00f067aa0ba902b7-01") })
		}}
		forward.ServeHTTP(w, r)
	}))
	s.t.Cleanup(front.Close)
	require.NoError(s.t, s.whatsapp.Register(sandbox.Business{
		PhoneNumberID: s.channel.Account, WabaID: "102290129340398", DisplayPhoneNumber: "551140040001", AccessToken: s.channel.Secrets["accessToken"],
		AppSecret: s.channel.Secrets["appSecret"], VerifyToken: s.channel.Secrets["verifyToken"], CallbackURL: front.URL + "/webhooks/meta/" + s.channel.Token,
	}))
}

func nothingPersonal(t *testing.T, spans []received, s *scene) {
	t.Helper()
	for _, span := range spans {
		said := span.String()
		for _, secret := range []string{ana, ana[2:], "Ana", "Recebido", s.channel.Token, "wamid"} {
			require.NotContains(t, said, secret, span.Name)
		}
	}
}

func TestNothingIsTracedOrStoredWithoutAnEndpoint(t *testing.T) {
	s := newScene(t, "sqlite")
	running, err := app.Start(t.Context(), s.config, io.Discard, quiet(), app.Hooks{})
	require.NoError(t, err)
	status, answer := s.request(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number},
		map[string]string{"traceparent": "00-" + callersTrace + "-00f067aa0ba902b7-01"})
	require.Equal(t, 200, status, "%v", answer)
	require.NoError(t, running.Stop(context.WithoutCancel(t.Context())))
	for table, rows := range storetest.Dump(t, strings.TrimPrefix(s.config.DatabaseURL, "sqlite://")) {
		for _, row := range rows {
			require.NotContains(t, row, callersTrace, table)
		}
	}
}

// TestAFollowUpStaysInTheTraceOfItsEnrolment plans two messages by one call, and finds both sends in the call's trace.
func TestAFollowUpStaysInTheTraceOfItsEnrolment(t *testing.T) {
	took := newReceiver(t)
	s := newScene(t, "sqlite")
	s.config.TraceEndpoint = took.server.URL
	running, err := app.Start(t.Context(), s.config, io.Discard, quiet(), app.Hooks{})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) }()
	_, err = s.whatsapp.Write(ana, sandbox.Incoming{Text: "oi", Name: "Ana Souza"})
	require.NoError(t, err)
	s.waitFor("/api/conversations", func(rows []map[string]any) bool { return len(rows) == 1 && rows[0]["lastCustomerMessageAt"] != nil })
	status, answer := s.request(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number},
		map[string]string{"traceparent": "00-" + callersTrace + "-00f067aa0ba902b7-01"})
	require.Equal(t, 200, status, "%v", answer)
	sends := func() (count int) {
		for _, span := range took.all() {
			if span.Name == "send" && hex.EncodeToString(span.TraceId) == callersTrace {
				count++
			}
		}
		return count
	}
	require.Eventually(t, func() bool { return sends() == 2 }, 60*time.Second, 50*time.Millisecond)
}
