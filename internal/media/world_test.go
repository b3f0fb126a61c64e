package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// world is a tenant with a channel of a scripted provider, real files, and real rows.
type world struct {
	t       *testing.T
	store   *store.Store
	shelf   *Shelf
	carrier *carrier
	tenant  chat.Tenant
	channel chat.Channel
	sent    int
}

func eachWorld(t *testing.T, story func(w *world)) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			w := &world{t: t, carrier: &carrier{}}
			w.store = storetest.Open(t, store.Options{Address: storetest.Address(t, engine)})
			w.tenant, w.channel = storetest.Tenant(t, w.store)
			blobs, err := Open("", t.TempDir())
			require.NoError(t, err)
			w.shelf = &Shelf{Store: w.store, Blobs: blobs, Now: time.Now}
			story(w)
		})
	}
}

func (w *world) providers() map[string]provider.Provider {
	return map[string]provider.Provider{w.channel.Provider: w.carrier}
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.t.Output(), nil)) }

func (w *world) fetcher() *Fetcher {
	return NewFetcher(FetcherOptions{Store: w.store, Shelf: w.shelf, Providers: w.providers(), Now: time.Now, Logger: w.logger()})
}

// picture lets a customer send one, and gives its message's id.
func (w *world) picture(media chat.Media) string {
	w.t.Helper()
	w.sent++
	written, err := w.store.Receive(context.Background(), desk.Intake{Arrivals: []desk.Arrival{{
		TenantID: w.tenant.ID, ChannelID: w.channel.ID, Keys: []chat.Key{chat.PhoneKey("+5511999990001")}, Phone: "+5511999990001",
		Event: chat.Event{Name: chat.MessageReceived, ExternalID: chat.NewID(), Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Image, Media: &media}}},
	}}})
	require.NoError(w.t, err)
	require.True(w.t, written.Fetch)
	return written.Accepted[0].EventID
}

// only is the tenant's one file.
func (w *world) only() chat.File {
	w.t.Helper()
	files, err := w.store.Files(context.Background(), w.tenant.ID, chat.FileFilter{Page: chat.Page{Limit: 10}})
	require.NoError(w.t, err)
	require.Len(w.t, files, 1)
	return files[0]
}

// becomes waits for the tenant's one file to come into a state.
func (w *world) becomes(state chat.FileState) chat.File {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.only().State == state }, 10*time.Second, 10*time.Millisecond)
	return w.only()
}

func (w *world) claim(at time.Time) chat.File {
	w.t.Helper()
	claimed, err := w.store.ClaimFetches(context.Background(), at, fetchLease, 10, nil)
	require.NoError(w.t, err)
	require.Len(w.t, claimed, 1)
	return claimed[0]
}

func (w *world) upload(content, name string) chat.File {
	w.t.Helper()
	file, err := w.shelf.Take(context.Background(), w.tenant.ID, bytes.NewReader([]byte(content)), desk.FileClaim{MIME: name})
	require.NoError(w.t, err)
	return file
}

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// carrier is a provider that hands files over and takes them as it is told.
type carrier struct {
	mutex   sync.Mutex
	fetches []chat.Media
	// answers are what FetchMedia gives, one after another; the last one stays.
	answers []fetchAnswer
	uploads []provider.Upload
	bodies  []string
	taken   []error
	// during is called in the middle of a transfer.
	during func(ctx context.Context)
}

type fetchAnswer struct {
	content  string
	sum      string
	size     int64 // 0: not said
	err      error
	readFail error
}

func (c *carrier) Name() string                                    { return "fake" }
func (c *carrier) Verify(chat.Channel, provider.Request) error     { return nil }
func (c *carrier) Parse([]byte, time.Time) (provider.Batch, error) { return provider.Batch{}, nil }
func (c *carrier) Send(context.Context, chat.Channel, provider.Outgoing) (provider.Receipt, error) {
	return provider.Receipt{}, fault.New(fault.Internal, "nothing is sent here")
}

func (c *carrier) FetchMedia(ctx context.Context, _ chat.Channel, media chat.Media, _ int64) (provider.Fetched, error) {
	c.mutex.Lock()
	c.fetches = append(c.fetches, media)
	answer := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	during := c.during
	c.mutex.Unlock()
	if during != nil {
		during(ctx)
	}
	if ctx.Err() != nil {
		return provider.Fetched{}, fault.Wrap(fault.ProviderDown, ctx.Err(), "interrompido")
	}
	if answer.err != nil {
		return provider.Fetched{}, answer.err
	}
	body := io.Reader(bytes.NewReader([]byte(answer.content)))
	if answer.readFail != nil {
		body = io.MultiReader(body, failing{answer.readFail})
	}
	size := answer.size
	if size == 0 {
		size = -1
	}
	return provider.Fetched{Body: io.NopCloser(body), MIME: "image/png", SHA256: answer.sum, Size: size}, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (c *carrier) UploadMedia(ctx context.Context, _ chat.Channel, file provider.Upload) (provider.Uploaded, error) {
	c.mutex.Lock()
	c.uploads = append(c.uploads, file)
	number := len(c.uploads)
	var answer error
	if len(c.taken) > 0 {
		answer, c.taken = c.taken[0], c.taken[1:]
	}
	during := c.during
	c.mutex.Unlock()
	if during != nil {
		during(ctx)
	}
	if answer != nil {
		return provider.Uploaded{}, answer
	}
	opened, err := file.Open(ctx)
	if err != nil {
		return provider.Uploaded{}, err
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(opened)
	if err != nil {
		return provider.Uploaded{}, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.bodies = append(c.bodies, string(content))
	return provider.Uploaded{ID: "media-" + string(rune('0'+number)), Keeps: 30 * 24 * time.Hour}, nil
}

func (c *carrier) counts() (fetches, uploads int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.fetches), len(c.uploads)
}
