package meta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// uploadKept is for how long Meta keeps an uploaded file (providers.md section 1.3).
const uploadKept = 30 * 24 * time.Hour

// mediaTimeout bounds the carrying of one file, in or out: 100 MB at 3 Mbit/s.
const mediaTimeout = 5 * time.Minute

// UploadMedia hands a file to Meta: a multipart POST to /{phone-number-id}/media (providers.md section 1.3). Its body is
// written as it is read, so that no file is ever in memory as a whole. No error is fault.Unconfirmed: an upload that may
// have come through is only a file that nobody refers to.
func (a *Adapter) UploadMedia(ctx context.Context, channel chat.Channel, file provider.Upload) (provider.Uploaded, error) {
	if channel.Account == "" || accessToken(channel) == "" || !isHeaderSafe(accessToken(channel)) {
		return provider.Uploaded{}, fault.New(fault.Auth, "canal sem phone_number_id ou sem token válido: complete o cadastro do canal")
	}
	form, err := newForm(file)
	if err != nil {
		return provider.Uploaded{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, mediaTimeout)
	defer cancel()
	got, broken := a.exchange(ctx, func(ctx context.Context) (*http.Request, error) {
		return a.uploadRequest(ctx, channel, form, file)
	})
	if broken != nil {
		return provider.Uploaded{}, uploadBreakdown(channel, broken)
	}
	if got.status < 200 || got.status > 299 {
		return provider.Uploaded{}, uploadRefused(got.fault(channel, false))
	}
	root, valid := readJSON(got.body)
	id := idOf(root.Get("id"))
	if !valid || id == "" {
		return provider.Uploaded{}, fault.New(fault.ProviderDown, "a Meta não disse o id do arquivo enviado")
	}
	return provider.Uploaded{ID: id, Keeps: uploadKept}, nil
}

// form is a multipart body around a file: what stands before and behind it.
type form struct {
	head, tail  []byte
	contentType string
}

func newForm(file provider.Upload) (form, error) {
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for _, field := range [...][2]string{{"messaging_product", "whatsapp"}, {"type", file.MIME}} {
		if err := writer.WriteField(field[0], field[1]); err != nil {
			return form{}, err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="file"; filename="`+quotable(file.Name)+`"`)
	header.Set("Content-Type", file.MIME)
	if _, err := writer.CreatePart(header); err != nil {
		return form{}, err
	}
	head := body.Len()
	if err := writer.Close(); err != nil {
		return form{}, err
	}
	return form{head: body.Bytes()[:head], tail: body.Bytes()[head:], contentType: writer.FormDataContentType()}, nil
}

// quotable is a file name that can stand in quotes; a file without one gets one, because Meta wants it.
func quotable(name string) string {
	name = strings.NewReplacer(`\`, "_", `"`, "_", "\r", "_", "\n", "_").Replace(clean(name))
	if name == "" {
		return "arquivo"
	}
	return name
}

func (a *Adapter) uploadRequest(ctx context.Context, channel chat.Channel, form form, file provider.Upload) (*http.Request, error) {
	opened, err := file.Open(ctx)
	if err != nil {
		return nil, err
	}
	body := struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(form.head), opened, bytes.NewReader(form.tail)), opened}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint(channel, channel.Account, "media"), body)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	a.authorize(request, channel)
	request.Header.Set("Content-Type", form.contentType)
	request.ContentLength = int64(len(form.head)) + file.Size + int64(len(form.tail))
	return request, nil
}

// authorize says to Meta who asks.
func (a *Adapter) authorize(request *http.Request, channel chat.Channel) {
	request.Header.Set("Authorization", "Bearer "+accessToken(channel))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", a.userAgent)
}

// uploadBreakdown: whatever was cut may be done again. A file that we ourselves could not read keeps its own error.
func uploadBreakdown(channel chat.Channel, broken *breakdown) error {
	if own, is := ownFault(broken.cause); is {
		return own
	}
	failure := fault.Wrap(fault.ProviderDown, hide(channel, broken.cause), "o arquivo não chegou à Meta; nada foi enviado")
	failure.Detail = "media upload was cut"
	return failure
}

// uploadRefused: what Meta rejects about an upload it rejects about the file.
func uploadRefused(refused *fault.Error) error {
	if refused.Code == fault.ProviderRejected {
		refused.Code = fault.Media
		refused.Message = "a Meta não aceitou o arquivo: confira tipo e tamanho"
	}
	return refused
}
