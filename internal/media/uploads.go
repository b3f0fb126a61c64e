package media

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// UploadStore is what uploading asks of SQL.
type UploadStore interface {
	File(ctx context.Context, tenantID, id string) (chat.File, error)
	// MediaUpload tells what a channel's provider calls a file, if it has it for longer than until a time; empty: it has not.
	MediaUpload(ctx context.Context, tenantID, channelID, mediaID string, until time.Time) (externalID string, err error)
	SaveMediaUpload(ctx context.Context, tenantID, channelID, mediaID, externalID string, expires time.Time) error
}

const (
	// uploadPlaces is how many files one process hands over at a time, and uploadShare how many of them are one tenant's.
	uploadPlaces = 16
	uploadShare  = 8
	// uploadMargin is how long before its end a provider's copy is not relied on any more.
	uploadMargin = 24 * time.Hour
	// uploadLimit is how long one file may take.
	uploadLimit = 5 * time.Minute
	// uploadMemory is for how long a failed upload answers those who ask for the same.
	uploadMemory = 20 * time.Second
	// unknownKeep is for how long a copy is relied on of which the provider does not say how long it stays.
	unknownKeep = 48 * time.Hour
)

// Uploads hands files of ours to providers, once for each channel, and remembers what they call them. It happens beside
// everything else and before a message is claimed, so a slow upload holds nothing up and leaves nothing in doubt.
// Two processes may hand over the same file at the same time: the last name counts, and both are good.
type Uploads struct {
	UploadOptions

	mutex    sync.Mutex
	context  context.Context
	stop     context.CancelFunc
	running  sync.WaitGroup
	taken    int
	byTenant map[string]int
	uploads  map[uploadKey]*upload
	// ended counts uploads that succeeded, so that nobody who looked before one ended begins another.
	ended int
}

// UploadOptions are the parts of Uploads; all are needed.
type UploadOptions struct {
	Store     UploadStore
	Shelf     *Shelf
	Providers map[string]provider.Provider
	// Wake says that a contact is to be looked at.
	Wake   func(ref desk.Ref, at time.Time)
	Now    func() time.Time
	Logger *slog.Logger
}

// uploadKey tells uploads apart: a channel that was given another number asks for an upload of its own.
type uploadKey struct{ channelID, account, mediaID string }

// upload is one that is under way, or has failed just now.
type upload struct {
	waiting map[desk.Ref]bool
	failed  error
	endedAt time.Time
}

// NewUploads makes the pool of uploads.
func NewUploads(o UploadOptions) *Uploads {
	ctx, stop := context.WithCancel(context.Background())
	return &Uploads{UploadOptions: o, context: ctx, stop: stop, byTenant: map[string]int{}, uploads: map[uploadKey]*upload{}}
}

// Stop ends what is under way and waits for it; nothing is lost, for nothing was sent.
func (u *Uploads) Stop() {
	u.stop()
	u.running.Wait()
}

// Have tells what a channel's provider calls a file. Where it has none, or has lost it, the upload begins, or has begun,
// and the contact is woken when it has ended. fault.Media: there is no such file, or the provider does not take it; every
// other error may pass. None is fault.Unconfirmed.
func (u *Uploads) Have(ctx context.Context, want desk.FileWanted) (desk.FileHad, error) {
	file, err := u.Store.File(ctx, want.Channel.TenantID, want.MediaID)
	if fault.Is(err, fault.NotFound) {
		return desk.FileHad{}, fault.New(fault.Media, "o arquivo %s não existe mais: troque o anexo", want.MediaID)
	}
	if err != nil {
		return desk.FileHad{}, err
	}
	had := desk.FileHad{Kind: file.Kind, MIME: file.MIME, FileName: file.FileName}
	switch file.State {
	case chat.FileFetching:
		return had, nil
	case chat.FileFailed:
		return had, fault.New(fault.Media, "o arquivo %s não pôde ser obtido do cliente: %s", want.MediaID, file.Problem)
	}
	for {
		seen := u.endings()
		known, err := u.Store.MediaUpload(ctx, file.TenantID, want.Channel.ID, file.ID, u.Now().Add(uploadMargin))
		if err != nil {
			return had, err
		}
		if known != "" && known != want.Lost {
			had.Ready, had.ID = true, known
			return had, nil
		}
		if again, err := u.ask(want, file, seen); !again {
			return had, err
		}
	}
}

func (u *Uploads) endings() int {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	return u.ended
}

// ask begins an upload, or joins the one that is under way; again tells that one has ended since the caller looked. With no
// room in the pool nothing begins: the caller asks again later.
func (u *Uploads) ask(want desk.FileWanted, file chat.File, seen int) (again bool, err error) {
	to, can := u.Providers[want.Channel.Provider].(provider.MediaUploader)
	if !can {
		return false, fault.New(fault.Media, "o provedor deste canal não recebe arquivos: use um link")
	}
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.tidy()
	key := uploadKey{want.Channel.ID, want.Channel.Account, file.ID}
	if one, under := u.uploads[key]; under {
		if one.failed == nil {
			one.waiting[want.Ref] = true
		}
		return false, one.failed
	}
	if u.ended != seen {
		return true, nil
	}
	if u.context.Err() != nil || u.taken >= uploadPlaces || u.byTenant[file.TenantID] >= uploadShare {
		return false, nil
	}
	one := &upload{waiting: map[desk.Ref]bool{want.Ref: true}}
	u.uploads[key] = one
	u.taken++
	u.byTenant[file.TenantID]++
	u.running.Add(1)
	go u.run(to, want.Channel, file, one)
	return false, nil
}

// tidy forgets failures that nobody asks for any more.
func (u *Uploads) tidy() {
	for key, one := range u.uploads {
		if one.failed != nil && u.Now().Sub(one.endedAt) >= uploadMemory {
			delete(u.uploads, key)
		}
	}
}

func (u *Uploads) run(to provider.MediaUploader, channel chat.Channel, file chat.File, one *upload) {
	defer u.running.Done()
	began := u.Now()
	ctx, cancel := context.WithTimeout(u.context, uploadLimit)
	err := u.guarded(ctx, to, channel, file)
	cancel()
	u.Logger.Info("file handed to provider", "tenant", file.TenantID, "channel", channel.ID, "media", file.ID, "bytes", file.Size,
		"code", string(fault.CodeOf(err)), "ms", u.Now().Sub(began).Milliseconds())
	for _, ref := range u.end(channel, file, one, err) {
		u.Wake(ref, u.Now())
	}
}

func (u *Uploads) end(channel chat.Channel, file chat.File, one *upload, err error) (waiting []desk.Ref) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.taken--
	if u.byTenant[file.TenantID]--; u.byTenant[file.TenantID] == 0 {
		delete(u.byTenant, file.TenantID)
	}
	if err == nil {
		u.ended++
	}
	if one.failed, one.endedAt = err, u.Now(); err == nil || u.context.Err() != nil {
		delete(u.uploads, uploadKey{channel.ID, channel.Account, file.ID})
	}
	for ref := range one.waiting {
		waiting = append(waiting, ref)
	}
	return waiting
}

func (u *Uploads) guarded(ctx context.Context, to provider.MediaUploader, channel chat.Channel, file chat.File) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fault.Wrap(fault.ProviderDown, fmt.Errorf("panic: %v", cause), "o envio do arquivo falhou")
		}
	}()
	return u.hand(ctx, to, channel, file)
}

// hand gives the file to the provider and notes what it calls it.
func (u *Uploads) hand(ctx context.Context, to provider.MediaUploader, channel chat.Channel, file chat.File) error {
	taken, err := to.UploadMedia(ctx, channel, provider.Upload{
		Name: nameFor(file), MIME: file.MIME, Size: file.Size,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return u.Shelf.Read(ctx, file, 0) },
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return fault.Wrap(fault.Media, err, "o conteúdo do arquivo %s não está mais no armazenamento", file.ID)
	case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Internal), fault.Is(err, fault.Unconfirmed):
		return fault.Wrap(fault.ProviderDown, err, "o arquivo não pôde ser entregue ao provedor; nada foi enviado")
	case err != nil:
		return err
	}
	keeps := taken.Keeps
	if keeps <= 0 {
		keeps = unknownKeep
	}
	if err := u.Store.SaveMediaUpload(ctx, file.TenantID, channel.ID, file.ID, taken.ID, u.Now().Add(keeps)); err != nil {
		return fault.Wrap(fault.ProviderDown, err, "o arquivo foi entregue, mas isso não pôde ser anotado; nada foi enviado")
	}
	return nil
}
