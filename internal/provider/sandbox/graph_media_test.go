package sandbox

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// upload posts a file as a client of Meta does.
func (w *world) upload(mimeType string, data []byte) result {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(w.t, form.WriteField("messaging_product", "whatsapp"))
	require.NoError(w.t, form.WriteField("type", mimeType))
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="file"; filename="arquivo"`)
	header.Set("Content-Type", mimeType)
	part, err := form.CreatePart(header)
	require.NoError(w.t, err)
	_, err = part.Write(data)
	require.NoError(w.t, err)
	require.NoError(w.t, form.Close())
	request, err := http.NewRequest(http.MethodPost, w.http.URL+"/graph/v23.0/"+number+"/media", &body)
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+token)
	return w.do(request)
}

func (w *world) download(address, bearer string) (int, string) {
	w.t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(w.t, err)
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := w.client.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return response.StatusCode, string(raw)
}

func TestAnUploadedFileIsSentByItsIDAndFetchedForFiveMinutes(t *testing.T) {
	w := opened(t)
	uploaded := w.upload("image/png", []byte("png"))
	require.Equal(t, 200, uploaded.status, uploaded.raw)
	id := uploaded.body["id"].(string)
	require.Equal(t, 200, w.send(`{"messaging_product":"whatsapp","to":"5511999990001","type":"image","image":{"id":"`+id+`"}}`).status)
	require.Equal(t, 131053, w.send(`{"messaging_product":"whatsapp","to":"5511999990001","type":"video","video":{"id":"`+id+`"}}`).graphCode(), "a picture is no video")

	node := w.call("GET", "/graph/v23.0/"+id, token, "")
	require.Equal(t, shape(t, recorded(t, "resp_media_url.json").Body), shape(t, []byte(node.raw)))
	require.Equal(t, "8f8cbb7dcf46e0bc7d53265749a6c17d116093a6ba95e442764060c76fd4a86c", node.body["sha256"])
	address := node.body["url"].(string)
	for name, c := range map[string]struct {
		address, token string
		status         int
	}{
		"with the token":  {address, token, 200},
		"without":         {address, "", 401},
		"another's token": {address, "other", 401},
		"address altered": {strings.Replace(address, "ext=1", "ext=2", 1), token, 403},
	} {
		status, body := w.download(c.address, c.token)
		require.Equal(t, c.status, status, name)
		require.Equal(t, c.status == 200, body == "png", name)
	}
	w.clock.Advance(fileURLLife)
	status, _ := w.download(address, token)
	require.Equal(t, 404, status, "after five minutes")
	again := w.call("GET", "/graph/v23.0/"+id, token, "").body["url"].(string)
	status, _ = w.download(again, token)
	require.Equal(t, 200, status, "resolved again")

	require.JSONEq(t, `{"success":true}`, w.call("DELETE", "/graph/v23.0/"+id, token, "").raw)
	require.Equal(t, 100, w.call("GET", "/graph/v23.0/"+id, token, "").graphCode())
	w.settle()
}

func TestFilesAreForgottenAfter30Days(t *testing.T) {
	w := opened(t)
	id := w.upload("image/png", []byte("png")).body["id"].(string)
	w.clock.Advance(fileLife - time.Second)
	w.write(Incoming{Text: "oi"})
	body := `{"messaging_product":"whatsapp","to":"5511999990001","type":"image","image":{"id":"` + id + `"}}`
	require.Equal(t, 200, w.send(body).status)
	w.clock.Advance(time.Second)
	require.Equal(t, 100, w.send(body).graphCode())
	require.Equal(t, 100, w.call("GET", "/graph/v23.0/"+id, token, "").graphCode())
	w.settle()
}

func TestUploadsHaveMetasLimits(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		mimeType string
		size     int
		code     int
	}{
		{"image/png", 5 << 20, 0},
		{"image/png", 5<<20 + 1, 131053},
		{"image/webp", 500 << 10, 0},
		{"image/webp", 500<<10 + 1, 131053},
		{"audio/ogg; codecs=opus", 16 << 20, 0},
		{"audio/ogg", 16<<20 + 1, 131053},
		{"video/mp4", 16<<20 + 1, 131053},
		{"application/pdf", 17 << 20, 0},
		{"image/gif", 10, 100},
		{"application/zip", 10, 100},
		{"image/png", 0, 100},
	} {
		got := w.upload(c.mimeType, make([]byte, c.size))
		require.Equal(t, c.code, got.graphCode(), "%s of %d bytes: %.200s", c.mimeType, c.size, got.raw)
	}
	require.Equal(t, 100, w.call("POST", "/graph/v23.0/"+number+"/media", token, `{}`).graphCode(), "not a form")
}

func TestLinksAreJudgedByTheirEnding(t *testing.T) {
	w := opened(t)
	for _, c := range []struct {
		kind, link string
		code       int
	}{
		{"image", "https://ex.com/a.jpg", 0}, {"image", "https://ex.com/foto", 0}, {"image", "https://ex.com/a.pdf", 131053},
		{"image", "https://ex.com/a.webp", 131053}, {"sticker", "https://ex.com/a.webp", 0}, {"sticker", "https://ex.com/a.png", 131053},
		{"document", "https://ex.com/a.zip", 0}, {"audio", "https://ex.com/a.ogg?x=1", 0}, {"audio", "https://ex.com/a.png", 131053},
	} {
		got := w.send(`{"messaging_product":"whatsapp","to":"5511999990001","type":"` + c.kind + `","` + c.kind + `":{"link":"` + c.link + `"}}`)
		require.Equal(t, c.code, got.graphCode(), "%s %s %s", c.kind, c.link, got.raw)
	}
	w.settle()
}
