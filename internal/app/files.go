package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/media"
	"retoma/internal/notify"
)

// files are what a process does with files: keep them, fetch what customers send, hand them to providers, sweep.
type files struct {
	shelf   *media.Shelf
	fetcher *media.Fetcher
	uploads *media.Uploads
	log     *slog.Logger
	cancel  context.CancelFunc
	swept   chan struct{}
}

// buildFiles makes what keeps files. A place that does not work yet stops nothing: it is said, and tried again when needed.
func (p *Parts) buildFiles(c Config, log *slog.Logger) error {
	blobs, err := media.Open(c.MediaURL, c.dataFolder())
	if err != nil {
		return err
	}
	shelf := &media.Shelf{Store: p.Store, Blobs: blobs, Now: time.Now}
	adapters := providers(c)
	p.Files = &files{
		shelf: shelf, log: log,
		fetcher: media.NewFetcher(media.FetcherOptions{Store: p.Store, Shelf: shelf, Providers: adapters, Now: time.Now, Logger: log, Observe: p.Metrics.Fetch}),
		uploads: media.NewUploads(media.UploadOptions{
			Store: p.Store, Shelf: shelf, Providers: adapters, Now: time.Now, Logger: log,
			Wake: func(ref desk.Ref, at time.Time) { p.Wake.Later(ref, at) },
		}),
	}
	return nil
}

const (
	sweepPause = 10 * time.Minute
	checkLimit = 10 * time.Second
)

// start begins what runs in the background. Every process does it, because any may be the only one.
func (f *files) start(ctx context.Context) {
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.swept = make(chan struct{})
	f.fetcher.Start(ctx)
	go func() {
		defer close(f.swept)
		f.check(ctx)
		f.sweepUntil(ctx)
	}()
}

func (f *files) check(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	if err := f.shelf.Blobs.Check(ctx); err != nil && ctx.Err() == nil {
		f.log.Error("files cannot be kept; set RETOMA_MEDIA_URL or look at the place", "where", f.shelf.Blobs.String(), "error", err)
	}
}

func (f *files) sweepUntil(ctx context.Context) {
	timer := time.NewTicker(sweepPause)
	defer timer.Stop()
	for {
		if gone, err := f.shelf.Sweep(ctx); err != nil && ctx.Err() == nil {
			f.log.Warn("files that nobody needs were not swept; tried again later", "error", err)
		} else if gone > 0 {
			f.log.Info("files swept that nobody needs", "files", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// stop ends all of it. What was being fetched is given back at once.
func (f *files) stop() {
	if f.cancel != nil {
		f.cancel()
		f.fetcher.Stop()
		<-f.swept
	}
	f.uploads.Stop()
}

// fileServers fetches what customers send. The addresses stand in webhooks and answers, so they are judged when a socket
// is about to connect, like those that tenants name; a proxy would connect in our place, where nobody judges.
func fileServers(c Config) *http.Transport {
	dial := notify.Dialer(c.AllowPrivate, !c.Production())
	transport := direct()
	transport.Proxy = nil
	transport.DisableCompression = true
	transport.ResponseHeaderTimeout = 30 * time.Second
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if notify.Refused(err) {
			return nil, fault.Wrap(fault.Media, err, "o endereço do arquivo fica em uma rede interna e não pode ser chamado: peça ao operador para liberá-lo em RETOMA_ALLOW_PRIVATE")
		}
		return connection, err
	}
	return transport
}
