package meta

import (
	"context"
	"net/http"
	"net/url"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// FetchMedia begins to read a file that a customer sent (providers.md section 1.3). The address that stands in newer
// webhooks is tried first; addresses live about five minutes, so one that Meta refuses is asked for anew by the file's id.
func (a *Adapter) FetchMedia(ctx context.Context, channel chat.Channel, media chat.Media, limit int64) (provider.Fetched, error) {
	if accessToken(channel) == "" || !isHeaderSafe(accessToken(channel)) {
		return provider.Fetched{}, fault.New(fault.Auth, "canal sem token válido: complete o cadastro do canal")
	}
	if media.Link != "" {
		fetched, err := a.download(ctx, channel, media.Link, limit)
		if err == nil || media.ID == "" || fault.Is(err, fault.TooLarge) {
			return fetched, err
		}
	}
	if media.ID == "" {
		return provider.Fetched{}, gone("a mensagem não diz onde o arquivo está")
	}
	found, err := a.resolve(ctx, channel, media.ID)
	if err != nil {
		return provider.Fetched{}, err
	}
	if found.size > limit {
		return provider.Fetched{}, tooLarge()
	}
	fetched, err := a.download(ctx, channel, found.address, limit)
	if err != nil {
		return fetched, err
	}
	fetched.SHA256 = found.sha256
	fetched.MIME = firstText(found.mime, fetched.MIME)
	if found.size > 0 {
		fetched.Size = found.size // what the file is, whatever length the answer gives itself
	}
	return fetched, nil
}

// place is where Meta says that a file is.
type place struct {
	address, mime, sha256 string
	size                  int64
}

// resolve asks GET /{media-id}.
func (a *Adapter) resolve(ctx context.Context, channel chat.Channel, id string) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, a.readTimeout)
	defer cancel()
	address := endpoint(channel, id, "")
	if channel.Account != "" {
		address += "?phone_number_id=" + url.QueryEscape(channel.Account) // so that nobody else's file is ever answered
	}
	got, broken := a.exchange(ctx, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, channel, http.MethodGet, address, nil)
	})
	if broken != nil {
		return place{}, unfetched(channel, broken.cause)
	}
	if got.status < 200 || got.status > 299 {
		return place{}, resolveRefused(channel, got)
	}
	root, valid := readJSON(got.body)
	found := place{
		address: textOf(root.Get("url")), mime: textOf(root.Get("mime_type")), sha256: textOf(root.Get("sha256")), size: root.Get("file_size").Int(),
	}
	if !valid || found.address == "" {
		return place{}, fault.New(fault.ProviderDown, "a Meta não disse onde o arquivo está")
	}
	return found, nil
}

// resolveRefused: an id that Meta does not know any more (100 with subcode 33, or a plain 404) is a file that is gone,
// not an account that is ill.
func resolveRefused(channel chat.Channel, got answer) error {
	refused := got.fault(channel, false)
	if root, valid := readJSON(got.body); valid {
		if reported := readError(root.Get("error")); reported.code == 100 {
			return withDetail(gone("a Meta não tem mais este arquivo"), refused.Detail)
		}
	}
	if got.status == http.StatusNotFound && refused.Code == fault.ProviderRejected {
		return withDetail(gone("a Meta não tem mais este arquivo"), refused.Detail)
	}
	return refused
}

// maxHops is how many redirects within one host are followed.
const maxHops = 3

// download begins to read an address with the channel's token; the token goes to hosts of Meta only.
func (a *Adapter) download(ctx context.Context, channel chat.Channel, address string, limit int64) (provider.Fetched, error) {
	for range maxHops + 1 {
		target, err := url.Parse(address)
		if err != nil || !isMediaHost(channel, target) {
			return provider.Fetched{}, gone("o endereço do arquivo não é da Meta: não foi buscado")
		}
		response, err := a.open(ctx, channel, target)
		if err != nil {
			return provider.Fetched{}, err
		}
		if next, err := response.Location(); err == nil && response.StatusCode >= 300 && response.StatusCode < 400 {
			_ = response.Body.Close() // nothing in it is wanted
			if next.Host != target.Host || next.Scheme != target.Scheme {
				return provider.Fetched{}, gone("o endereço do arquivo leva a outro servidor: não foi buscado")
			}
			address = next.String()
			continue
		}
		return a.accept(response, limit)
	}
	return provider.Fetched{}, gone("o endereço do arquivo leva sempre a outro")
}

func (a *Adapter) open(ctx context.Context, channel chat.Channel, target *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, unfetched(channel, err)
	}
	a.authorize(request, channel)
	request.Header.Set("Accept", "*/*")
	request.Header.Set("Accept-Encoding", "identity") // the checksum is of the bytes as they are
	if err := a.checkScheme(request); err != nil {
		return nil, unfetched(channel, err)
	}
	response, err := a.media.Do(request)
	if err != nil {
		return nil, unfetched(channel, err)
	}
	return response, nil
}

// accept takes an answer that is a file.
func (a *Adapter) accept(response *http.Response, limit int64) (provider.Fetched, error) {
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return provider.Fetched{}, statusFault(response.StatusCode)
	}
	if response.ContentLength > limit {
		_ = response.Body.Close()
		return provider.Fetched{}, tooLarge()
	}
	return provider.Fetched{Body: response.Body, MIME: clean(response.Header.Get("Content-Type")), Size: response.ContentLength}, nil
}

// statusFault: an address that is refused has run out; the next attempt asks for a new one.
func statusFault(status int) error {
	code := fault.ProviderDown
	if status == http.StatusTooManyRequests {
		code = fault.RateLimited
	}
	return withDetail(fault.New(code, "a Meta não entregou o arquivo"), httpDetail(status))
}

func gone(message string) *fault.Error { return fault.New(fault.Media, "%s", message) }

func tooLarge() error {
	return fault.New(fault.TooLarge, "o arquivo é grande demais para ser guardado")
}

func withDetail(failure *fault.Error, detail string) *fault.Error {
	failure.Detail = detail
	return failure
}

func unfetched(channel chat.Channel, cause error) error {
	if own, is := ownFault(cause); is {
		return own // such as the guard's, about an address in a private network
	}
	return fault.Wrap(fault.ProviderDown, hide(channel, cause), "sem conexão com a Meta para buscar o arquivo")
}
