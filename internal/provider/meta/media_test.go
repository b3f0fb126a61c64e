package meta

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

func uploadOf(content string) provider.Upload {
	return provider.Upload{
		Name: "tabela \"nova\".pdf", MIME: "application/pdf", Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func TestAnUploadIsOneFormWithAKnownLength(t *testing.T) {
	content := strings.Repeat("%PDF", 50_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "POST /v25.0/106540352242922/media", r.Method+" "+r.URL.Path)
		assert.Equal(t, "Bearer "+testToken, r.Header.Get("Authorization"))
		assert.Positive(t, r.ContentLength, "Meta does not take bodies of unknown length")
		_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		assert.NoError(t, err)
		form, err := multipart.NewReader(r.Body, parameters["boundary"]).ReadForm(1 << 20)
		if !assert.NoError(t, err) {
			return
		}
		assert.Equal(t, []string{"whatsapp"}, form.Value["messaging_product"])
		assert.Equal(t, []string{"application/pdf"}, form.Value["type"])
		file := form.File["file"][0]
		assert.Equal(t, "tabela _nova_.pdf", file.Filename)
		assert.Equal(t, "application/pdf", file.Header.Get("Content-Type"))
		opened, err := file.Open()
		assert.NoError(t, err)
		whole, err := io.ReadAll(opened)
		assert.NoError(t, err)
		assert.Equal(t, content, string(whole))
		_, _ = io.WriteString(w, `{"id":"1891131285931110"}`)
	}))
	defer server.Close()
	taken, err := New(Options{}).UploadMedia(t.Context(), channelAt(server.URL), uploadOf(content))
	require.NoError(t, err)
	require.Equal(t, provider.Uploaded{ID: "1891131285931110", Keeps: uploadKept}, taken)
}

func TestNoUploadLeavesDoubt(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		code   fault.Code
	}{
		{"type", 400, `{"error":{"code":100,"message":"Param file must be a file with one of the following types"}}`, fault.Media},
		{"upload error", 400, `{"error":{"code":131053,"message":"Media upload error"}}`, fault.Media},
		{"token", 401, `{"error":{"code":190,"message":"expired"}}`, fault.Auth},
		{"limit", 400, `{"error":{"code":130429,"message":"slow"}}`, fault.RateLimited},
		{"gateway", 502, `<html>bad gateway</html>`, fault.ProviderDown},
		{"no id", 200, `{}`, fault.ProviderDown},
		{"unreadable", 200, `<html>`, fault.ProviderDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			_, err := New(Options{}).UploadMedia(t.Context(), channelAt(server.URL), uploadOf("x"))
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
		})
	}
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	_, err := New(Options{}).UploadMedia(t.Context(), channelAt(cut.URL), uploadOf("x"))
	require.Equal(t, fault.ProviderDown, fault.CodeOf(err), "a cut upload may be done again")
	lost := uploadOf("x")
	lost.Open = func(context.Context) (io.ReadCloser, error) { return nil, fault.New(fault.NotFound, "o arquivo sumiu") }
	_, err = New(Options{}).UploadMedia(t.Context(), channelAt(cut.URL), lost)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	nobody := channelAt(cut.URL)
	nobody.Secrets = nil
	_, err = New(Options{}).UploadMedia(t.Context(), nobody, uploadOf("x"))
	require.Equal(t, fault.Auth, fault.CodeOf(err))
}

// graph serves one file: at /files/good with the token, after GET /{id} said so.
type graph struct {
	t        *testing.T
	server   *httptest.Server
	resolved int
	// answer replaces the answer to GET /{id}.
	answer func(w http.ResponseWriter)
	// where is the address that GET /{id} tells, relative to the server or whole.
	where string
}

const photo = "\x89PNG\r\n\x1a\nfoto"

func newGraph(t *testing.T) *graph {
	g := &graph{t: t, where: "/files/good"}
	g.server = httptest.NewServer(g)
	t.Cleanup(g.server.Close)
	return g
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	assert.Equal(g.t, "Bearer "+testToken, r.Header.Get("Authorization"))
	switch r.URL.Path {
	case "/v25.0/77":
		assert.Equal(g.t, "106540352242922", r.URL.Query().Get("phone_number_id"))
		g.resolved++
		if g.answer != nil {
			g.answer(w)
			return
		}
		where := g.where
		if strings.HasPrefix(where, "/") {
			where = g.server.URL + where
		}
		_, _ = io.WriteString(w, `{"url":"`+where+`","mime_type":"image/png","sha256":"abc","file_size":12,"id":"77","messaging_product":"whatsapp"}`)
	case "/files/good":
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, photo)
	case "/files/here":
		http.Redirect(w, r, "/files/good", http.StatusFound)
	case "/files/away":
		http.Redirect(w, r, "https://evil.example/files/good", http.StatusFound)
	case "/files/round":
		http.Redirect(w, r, "/files/round", http.StatusFound)
	case "/files/expired":
		w.WriteHeader(http.StatusUnauthorized)
	case "/files/page":
		w.WriteHeader(http.StatusNotFound)
	case "/files/huge":
		w.Header().Set("Content-Length", "999999999")
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func TestACustomersFileIsFetchedFromMetaOnly(t *testing.T) {
	for _, c := range []struct {
		name     string
		link     string
		where    string
		resolved int
		code     fault.Code
		says     string
	}{
		{name: "by its id", resolved: 1},
		{name: "by the webhook's address", link: "/files/good"},
		{name: "an address that has run out", link: "/files/expired", resolved: 1},
		{name: "an address that is not known any more", link: "/files/page", resolved: 1},
		{name: "an address of somebody else's", link: "https://evil.example/files/good", resolved: 1},
		{name: "an address that only looks like Meta's", link: "https://lookaside.fbsbx.com.evil.example/x", resolved: 1},
		{name: "a redirect on the same server", where: "/files/here", resolved: 1},
		{name: "a redirect to another server", where: "/files/away", resolved: 1, code: fault.Media, says: "outro servidor"},
		{name: "redirects without end", where: "/files/round", resolved: 1, code: fault.Media, says: "sempre a outro"},
		{name: "the answer names somebody else's server", where: "https://evil.example/x", resolved: 1, code: fault.Media, says: "não é da Meta"},
		{name: "the answer names a machine inside", where: "http://169.254.169.254/latest", resolved: 1, code: fault.Media, says: "não é da Meta"},
		{name: "too large", where: "/files/huge", resolved: 1, code: fault.TooLarge},
		{name: "too large already by the webhook's address", link: "/files/huge", code: fault.TooLarge},
		{name: "refused again", where: "/files/expired", resolved: 1, code: fault.ProviderDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGraph(t)
			if c.where != "" {
				g.where = c.where
			}
			link := c.link
			if strings.HasPrefix(link, "/") {
				link = g.server.URL + link
			}
			fetched, err := New(Options{}).FetchMedia(t.Context(), channelAt(g.server.URL), chat.Media{ID: "77", Link: link}, 1<<20)
			require.Equal(t, c.resolved, g.resolved)
			if c.code != "" {
				require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
				require.ErrorContains(t, err, c.says)
				requireNoSecret(t, err.Error())
				return
			}
			require.NoError(t, err)
			defer func() { require.NoError(t, fetched.Body.Close()) }()
			content, err := io.ReadAll(fetched.Body)
			require.NoError(t, err)
			require.Equal(t, photo, string(content))
			require.Equal(t, "image/png", fetched.MIME)
			if c.resolved > 0 {
				require.Equal(t, "abc", fetched.SHA256)
				require.Equal(t, int64(12), fetched.Size, "as Meta announced it, and not as this answer's length is")
			}
		})
	}
}

func TestAFileThatMetaHasNoMoreIsGone(t *testing.T) {
	for _, c := range []struct {
		name string
		code fault.Code
		body string
	}{
		{"unknown id", fault.Media, `{"error":{"code":100,"error_subcode":33,"message":"Unsupported get request. Object with ID '77' does not exist"}}`},
		{"token", fault.Auth, `{"error":{"code":190,"message":"expired"}}`},
		{"limit", fault.RateLimited, `{"error":{"code":4,"message":"slow"}}`},
		{"trouble", fault.ProviderDown, `{"error":{"code":2,"message":"later"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGraph(t)
			g.answer = func(w http.ResponseWriter) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, c.body)
			}
			_, err := New(Options{}).FetchMedia(t.Context(), channelAt(g.server.URL), chat.Media{ID: "77"}, 1<<20)
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
		})
	}
	_, err := New(Options{}).FetchMedia(t.Context(), channelAt("http://127.0.0.1:1"), chat.Media{}, 1<<20)
	require.Equal(t, fault.Media, fault.CodeOf(err))
	_, err = New(Options{}).FetchMedia(t.Context(), channelAt("http://127.0.0.1:1"), chat.Media{ID: "77"}, 1<<20)
	require.Equal(t, fault.ProviderDown, fault.CodeOf(err))
}

func TestAGuardsRefusalKeepsItsOwnWords(t *testing.T) {
	g := newGraph(t)
	guard := fault.New(fault.Media, "o endereço fica em uma rede interna")
	adapter := New(Options{MediaTransport: refusing{guard}})
	_, err := adapter.FetchMedia(t.Context(), channelAt(g.server.URL), chat.Media{ID: "77"}, 1<<20)
	require.Equal(t, guard, fault.Of(err))
	adapter = New(Options{MediaTransport: refusing{errors.New("no route")}})
	_, err = adapter.FetchMedia(t.Context(), channelAt(g.server.URL), chat.Media{ID: "77"}, 1<<20)
	require.Equal(t, fault.ProviderDown, fault.CodeOf(err))
}

type refusing struct{ err error }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.err }

func TestTheHostsOfMeta(t *testing.T) {
	channel := channelAt("https://graph.example/base")
	for address, want := range map[string]bool{
		"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1": true, "https://LOOKASIDE.fbsbx.com:443/x": true,
		"https://scontent.xx.fbcdn.net/v/x": true, "https://graph.example/anything": true,
		"http://lookaside.fbsbx.com/x": false, "http://graph.example/x": false, "https://lookaside.fbsbx.com:8443/x": false, "https://fbcdn.net.evil.example/": false,
		"https://evilfbcdn.net/": false, "https://user@lookaside.fbsbx.com/x": false, "https://graph.example:444/x": false, "ftp://lookaside.fbsbx.com/x": false,
		"//lookaside.fbsbx.com/x": false, "https://graph.example@evil.example/": false, "": false,
	} {
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, isMediaHost(channel, parsed), address)
	}
}

func FuzzMediaHost(f *testing.F) {
	for _, seed := range []string{"https://lookaside.fbsbx.com/x", "https://a.fbcdn.net/", "https://fbcdn.net\\@evil/", "https://[::1]/", "https://evil#.fbcdn.net"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		parsed, err := url.Parse(address)
		if err != nil || !isMediaHost(chat.Channel{}, parsed) {
			return
		}
		host := strings.ToLower(parsed.Hostname())
		require.Equal(t, "https", parsed.Scheme)
		require.Nil(t, parsed.User)
		require.True(t, host == "lookaside.fbsbx.com" || host == "graph.facebook.com" || strings.HasSuffix(host, ".fbcdn.net"), host)
	})
}
