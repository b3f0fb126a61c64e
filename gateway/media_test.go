package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

const (
	pngHead = "\x89PNG\r\n\x1a\n"
	pdfHead = "%PDF-1.7\n"
)

// send makes a request with a body that is no JSON.
func (h *house) sendBytes(method, path, key, contentType, body string, headers ...string) answer {
	h.t.Helper()
	request, err := http.NewRequest(method, path, strings.NewReader(body))
	require.NoError(h.t, err)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return h.do(request)
}

// part is one of a form's; those with a name are files.
type part struct{ field, fileName, contentType, content string }

func form(t *testing.T, parts ...part) (contentType, body string) {
	t.Helper()
	var buffer bytes.Buffer
	writer := multipart.NewWriter(&buffer)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + p.field + `"`
		if p.fileName != "" {
			disposition += `; filename="` + p.fileName + `"`
		}
		header.Set("Content-Disposition", disposition)
		if p.contentType != "" {
			header.Set("Content-Type", p.contentType)
		}
		to, err := writer.CreatePart(header)
		require.NoError(t, err)
		_, err = io.WriteString(to, p.content)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return writer.FormDataContentType(), buffer.String()
}

func TestAnUploadIsKeptOnce(t *testing.T) {
	h := newHouse(t)
	kind, body := form(t, part{field: "kind", content: "image"}, part{field: "file", fileName: "../foto.png", contentType: "image/png", content: pngHead + "a"})
	first := h.sendBytes("POST", "/api/media", h.ours.operator, kind, body)
	require.Equal(t, 201, first.status, first.raw)
	require.Equal(t, "image", first.text("kind"))
	require.Equal(t, "foto.png", first.text("fileName"))
	require.Equal(t, "kept", first.text("status"))
	require.EqualValues(t, 9, first.data()["size"])
	require.Len(t, first.text("sha256"), 64)

	again := h.sendBytes("POST", "/api/media?fileName=outra.png", h.ours.operator, "image/png", pngHead+"a")
	require.Equal(t, first.text("id"), again.text("id"), "the same bytes are the same file")
	theirs := h.sendBytes("POST", "/api/media", h.theirs.operator, "image/png", pngHead+"a")
	require.NotEqual(t, first.text("id"), theirs.text("id"))
	document := h.sendBytes("POST", "/api/media?kind=document", h.ours.operator, "image/png", pngHead+"a")
	require.Equal(t, "document", document.text("kind"))

	require.Len(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list(), 2)
	require.Equal(t, first.text("sha256"), h.done(200, "GET", "/api/media/"+first.text("id")+"/info", h.ours.viewer, nil).text("sha256"))
	require.Equal(t, 403, h.sendBytes("POST", "/api/media", h.ours.viewer, "image/png", pngHead).status)
	require.Equal(t, 401, h.sendBytes("POST", "/api/media", "", "image/png", pngHead).status)
}

func TestWhatCannotBeKeptIsNamed(t *testing.T) {
	h := newHouse(t)
	mixed, twoFiles := form(t, part{field: "file", fileName: "a.png", content: pngHead}, part{field: "file", fileName: "b.png", content: pngHead})
	late, kindLast := form(t, part{field: "file", fileName: "a.png", content: pngHead}, part{field: "kind", content: "document"})
	none, noFile := form(t, part{field: "kind", content: "image"})
	for _, c := range []struct {
		name, path, kind, body string
		status                 int
		says, field            string
	}{
		{"another type", "", "image/jpeg", pngHead, 400, "o tipo informado é image/jpeg, mas o conteúdo é image/png", "file"},
		{"a drawing", "", "image/svg+xml", "<svg/>", 400, "o WhatsApp não aceita SVG: converta a imagem para PNG ou JPEG", "file"},
		{"a kind that does not fit", "?kind=audio", "image/png", pngHead, 400, "não pode ser enviado como audio", "kind"},
		{"no such kind", "?kind=gif", "image/png", pngHead, 400, "use image, video", "kind"},
		{"nothing", "", "image/png", "", 400, "o arquivo está vazio", "file"},
		{"a picture that is too large", "", "image/png", pngHead + strings.Repeat("x", 5<<20), 413, "5 MB, que é o de image; para enviá-lo como documento", "file"},
		{"two files", "", mixed, twoFiles, 400, "um arquivo por vez", "file"},
		{"a field behind the file", "", late, kindLast, 400, "antes do arquivo", "kind"},
		{"no file", "", none, noFile, 400, "Required", "file"},
		{"half a form", "", late, kindLast[:60], 400, "", "file"},
		{"a broken type", "", "image/", pngHead, 400, "", "Content-Type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := h.sendBytes("POST", "/api/media"+c.path, h.ours.operator, c.kind, c.body)
			require.Equal(t, c.status, found.status, found.raw)
			require.Contains(t, found.body["error"], c.says)
			require.Equal(t, c.field, found.body["field"], found.raw)
		})
	}
	require.Empty(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list())
	require.Equal(t, 201, h.sendBytes("POST", "/api/media", h.ours.operator, "application/pdf", pdfHead+strings.Repeat("x", 5<<20)).status, "documents may be larger, and larger than any other body")
}

func TestAnUploadOfAnotherSizeThanItSaysIsCutOff(t *testing.T) {
	h := newHouse(t)
	base := h.serve()
	status, refused := h.announce(base, "/api/media", 200<<20)
	require.Equal(t, 413, status, "refused by what it announces")
	require.Contains(t, refused, "100 MB")

	// Without an announced length, a body that broke off looks like a whole one, unless its form tells.
	kind, body := form(t, part{field: "file", fileName: "a.pdf", contentType: "application/pdf", content: pdfHead + "olá"})
	connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(t, err)
	half := body[:len(body)-20]
	_, err = fmt.Fprintf(connection, "POST /api/media HTTP/1.1\r\nHost: retoma\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
		h.ours.operator, kind, len(half), half)
	require.NoError(t, err)
	require.NoError(t, connection.(*net.TCPConn).CloseWrite())
	said, err := io.ReadAll(connection)
	require.NoError(t, err)
	require.Contains(t, string(said), "HTTP/1.1 400 ")
	require.NoError(t, connection.Close())

	require.Equal(t, 411, h.chunked(base, "application/pdf", pdfHead))
	require.Empty(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list())
	require.Equal(t, 201, h.chunked(base, kind, body))
	require.Len(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list(), 1)
}

// chunked uploads without saying how much.
func (h *house) chunked(base, contentType, body string) int {
	h.t.Helper()
	request, err := http.NewRequest(http.MethodPost, base+"/api/media", io.MultiReader(strings.NewReader(body)))
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.ours.operator)
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	require.NoError(h.t, response.Body.Close())
	return response.StatusCode
}

// TestWhatFollowsARefusedBodyIsNoRequest: bytes that were not read must not be taken for the next request on a connection.
func TestWhatFollowsARefusedBodyIsNoRequest(t *testing.T) {
	h := newHouse(t)
	base := h.serve()
	for _, path := range []string{"/api/media", "/updatefollowup", "/nowhere"} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		require.NoError(t, err)
		hidden := "GET /healthz HTTP/1.1\r\nHost: retoma\r\n\r\n"
		_, err = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: retoma\r\nContent-Type: application/pdf\r\nContent-Length: %d\r\n\r\n%s", path, 300<<20, hidden)
		require.NoError(t, err)
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(5*time.Second)))
		said, _ := io.ReadAll(connection) // a reset after the answer is as good as an end
		require.Equal(t, 1, strings.Count(string(said), "HTTP/1.1 "), "%s: %s", path, said)
		require.NoError(t, connection.Close())
	}
}

func TestAFileIsGivenBackAsAStrangers(t *testing.T) {
	h := newHouse(t)
	content := pdfHead + "0123456789"
	id := h.sendBytes("POST", "/api/media?fileName=or%C3%A7amento.pdf", h.ours.operator, "application/pdf", content).text("id")
	path := "/api/media/" + id
	whole := h.call("GET", path, h.ours.viewer, nil)
	require.Equal(t, 200, whole.status)
	require.Equal(t, content, whole.raw)
	require.Equal(t, "application/pdf", whole.header.Get("Content-Type"))
	require.Equal(t, "nosniff", whole.header.Get("X-Content-Type-Options"))
	require.Contains(t, whole.header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "attachment; filename*=utf-8''or%C3%A7amento.pdf", whole.header.Get("Content-Disposition"))
	tag := whole.header.Get("ETag")
	require.Equal(t, 304, h.call("GET", path, h.ours.viewer, nil, "If-None-Match", `"x", W/`+tag).status)
	for asked, want := range map[string]string{
		"bytes=0-3": "%PDF", "bytes=9-": "0123456789", "bytes=-3": "789", "bytes=15-900": "6789", "bytes=-900": content,
	} {
		found := h.call("GET", path, h.ours.viewer, nil, "Range", asked)
		require.Equal(t, 206, found.status, asked)
		require.Equal(t, want, found.raw, asked)
		require.Contains(t, found.header.Get("Content-Range"), fmt.Sprintf("/%d", len(content)))
	}
	for _, asked := range []string{"bytes=0-1,3-4", "bytes=x-", "lines=1-2", "bytes=5-2", "bytes=--3"} {
		require.Equal(t, content, h.call("GET", path, h.ours.viewer, nil, "Range", asked).raw, asked)
	}
	require.Equal(t, content, h.call("GET", path, h.ours.viewer, nil, "Range", "bytes=0-3", "If-Range", `"other"`).raw)
	require.Equal(t, 416, h.call("GET", path, h.ours.viewer, nil, "Range", "bytes=900-").status)
	require.Equal(t, 404, h.call("GET", path, h.theirs.viewer, nil).status)
	require.Equal(t, 401, h.call("GET", path, "", nil).status)
	h.done(200, "DELETE", path, h.ours.operator, nil)
	require.Equal(t, 404, h.call("GET", path, h.ours.viewer, nil).status)
}

func TestAnUploadHonoursItsKey(t *testing.T) {
	h := newHouse(t)
	put := func(content string) answer {
		return h.sendBytes("POST", "/api/media", h.ours.operator, "application/pdf", content, "Idempotency-Key", "foto-1")
	}
	first := put(pdfHead)
	require.Equal(t, 201, first.status)
	h.done(200, "DELETE", "/api/media/"+first.text("id"), h.ours.operator, nil)
	again := put(pdfHead)
	require.Equal(t, first.raw, again.raw)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, 409, put(pdfHead+"x").status, "another file under the same key")
	require.Empty(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list())
}

func TestAFileOfOursIsAttachedByItsId(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	picture := h.upload(h.ours, "image/png", pngHead).text("id")
	sound := h.upload(h.ours, "audio/amr", "#!AMR\n").text("id")
	theirs := h.upload(h.theirs, "image/png", pngHead).text("id")
	send := func(attachment object, text string) answer {
		return h.call("POST", "/api/actions/send-message", h.ours.operator,
			object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "message": text, "attachment": attachment})
	}
	sent := send(object{"mediaId": picture}, "olha")
	require.Equal(t, 202, sent.status, sent.raw)
	message, err := h.store.Message(context.Background(), h.ours.id, sent.text("messageId"))
	require.NoError(t, err)
	require.Equal(t, chat.Image, message.Content.Type)
	require.Equal(t, picture, message.Content.Media.MediaID)
	require.Empty(t, message.Content.Media.ID)
	shown := h.done(200, "GET", "/api/messages/"+message.ID, h.ours.viewer, nil).data()["media"].(object)
	require.Equal(t, "/api/media/"+picture, shown["url"])

	require.Equal(t, 202, send(object{"mediaId": "1891131285931110", "type": "image"}, "").status, "any other id is the provider's")
	require.Equal(t, 400, send(object{"mediaId": "1891131285931110"}, "").status)
	for _, c := range []answer{send(object{"mediaId": theirs}, ""), send(object{"mediaId": chat.NewID()}, "")} {
		require.Equal(t, 400, c.status, c.raw)
		require.Equal(t, "attachment.mediaId", c.body["field"])
	}
	require.Equal(t, 400, send(object{"mediaId": sound}, "ouça").status, "an audio carries no text")
	require.Equal(t, 409, h.call("DELETE", "/api/media/"+picture, h.ours.operator, nil).status, "a message waits with it")

	model := object{"name": "Foto", "channelId": h.ours.channel.ID, "messages": []object{{"text": "a", "offset": 1, "attachment": object{"mediaId": theirs}}}}
	refused := h.call("POST", "/api/followup-models", h.ours.admin, model)
	require.Equal(t, 400, refused.status)
	require.Equal(t, "messages[0].attachment.mediaId", refused.body["field"], refused.raw)
	document := h.upload(h.ours, "application/pdf", pdfHead).text("id")
	model["messages"] = []object{{"text": "a", "offset": 1, "attachment": object{"mediaId": document}}}
	h.done(201, "POST", "/api/followup-models", h.ours.admin, model)
	require.Equal(t, 409, h.call("DELETE", "/api/media/"+document, h.ours.operator, nil).status, "a model uses it")
}

// keepMail writes what lies in an inbox into the history, as a worker does.
func (h *house) keepMail(who *tenant, phone string) {
	h.t.Helper()
	contact, err := h.store.ContactByKeys(context.Background(), who.id, []chat.Key{chat.PhoneKey(phone)})
	require.NoError(h.t, err)
	_, err = h.store.Work(context.Background(), desk.Ref{TenantID: who.id, ContactID: contact.ID}, nil, func(_ context.Context, d *desk.Desk) error {
		for _, mail := range d.Mail {
			event := mail.Event
			d.Changes.NewMessages = append(d.Changes.NewMessages, chat.Message{
				ID: event.ID, TenantID: event.TenantID, ContactID: event.ContactID, ConversationID: event.ConversationID, ChannelID: event.ChannelID,
				Direction: chat.Inbound, Origin: chat.FromCustomer, State: chat.Received, ExternalID: event.ExternalID, Content: event.Message.Content, CreatedAt: event.ReceivedAt,
			})
			d.Changes.Handled = append(d.Changes.Handled, event.ID)
		}
		return nil
	})
	require.NoError(h.t, err)
}

func TestACustomersFileIsSeenInEveryState(t *testing.T) {
	arrived := 0
	h := newHouse(t, func(o *gateway.Options) { o.FilesArrived = func() { arrived++ } })
	body := strings.ReplaceAll(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
		"metadata":{"phone_number_id":"111"},"contacts":[{"wa_id":"5511977770001"}],"messages":[{"id":"wamid.f1","from":"5511977770001","timestamp":"1783688400","type":"image",
		"image":{"id":"77","mime_type":"image/png","sha256":"abc"}}]}}]}]}`, "\n", "")
	require.Equal(t, 200, h.sendBytes("POST", "/webhooks/meta/"+h.ours.channel.Token, "", "application/json", body, "X-Hub-Signature-256", signature(body)).status)
	require.Equal(t, 1, arrived)
	require.Equal(t, 200, h.sendBytes("POST", "/webhooks/meta/"+h.ours.channel.Token, "", "application/json", body, "X-Hub-Signature-256", signature(body)).status)
	require.Equal(t, 1, arrived, "it is known")

	file := h.done(200, "GET", "/api/media?status=fetching", h.ours.viewer, nil).list()[0].(object)
	path := "/api/media/" + file["id"].(string)
	require.Equal(t, 503, h.call("GET", path, h.ours.viewer, nil).status, "it is on its way")
	claimed, err := h.store.ClaimFetches(context.Background(), h.clock(), time.Minute, 10, nil)
	require.NoError(t, err)
	require.NoError(t, h.store.EndFetch(context.Background(), claimed[0], desk.Fetched{State: chat.FileFailed, Problem: "não há mais"}))
	gone := h.call("GET", path, h.ours.viewer, nil)
	require.Equal(t, 422, gone.status)
	require.Contains(t, gone.body["error"], "não há mais")
	h.keepMail(h.ours, "+5511977770001")
	message := "/api/messages/" + claimed[0].MessageID
	shown := h.done(200, "GET", message, h.ours.viewer, nil).data()["media"].(object)
	require.Equal(t, "failed", shown["status"])
	require.Equal(t, "não há mais", shown["problem"])
	again := h.done(202, "POST", message+"/media", h.ours.operator, nil)
	require.Equal(t, "fetching", again.data()["media"].(object)["status"])
	require.Equal(t, 2, arrived)

	h.done(200, "DELETE", path, h.ours.operator, nil)
	shown = h.done(200, "GET", message, h.ours.viewer, nil).data()["media"].(object)
	require.Equal(t, "deleted", shown["status"])
	removed := h.call("POST", message+"/media", h.ours.operator, nil)
	require.Equal(t, 409, removed.status, removed.raw)
	require.Contains(t, removed.body["error"], "foi removido")
	require.Equal(t, 2, arrived, "there is nothing to be fetched")
}

func TestAHeadersFileTellsItsTypeOrIsAskedForIt(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	send := func(header object) answer {
		return h.call("POST", "/api/actions/send-message", h.ours.operator, object{"senderId": h.ours.channel.ID, "to": "+5511977770001",
			"interactive": object{"header": header, "body": "Seguimos?", "buttons": []object{{"id": "s", "title": "Sim"}}}})
	}
	foreign := send(object{"mediaId": "1891131285931110"})
	require.Equal(t, 400, foreign.status, foreign.raw)
	require.Equal(t, "interactive.header.type", foreign.body["field"])
	require.Equal(t, 202, send(object{"mediaId": "1891131285931110", "type": "image"}).status)

	sent := send(object{"mediaId": h.upload(h.ours, "image/png", pngHead).text("id")})
	require.Equal(t, 202, sent.status, sent.raw)
	message, err := h.store.Message(context.Background(), h.ours.id, sent.text("messageId"))
	require.NoError(t, err)
	require.Equal(t, chat.Image, message.Content.Interactive.Header.Type, "a file of ours tells it itself")
	require.Contains(t, message.Content.Text, "[image]")

	sound := send(object{"mediaId": h.upload(h.ours, "audio/amr", "#!AMR\n").text("id")})
	require.Equal(t, 400, sound.status, sound.raw)
	require.Equal(t, "interactive.header.type", sound.body["field"])
	unknown := send(object{"mediaId": chat.NewID()})
	require.Equal(t, 400, unknown.status)
	require.Equal(t, "interactive.header.mediaId", unknown.body["field"])
}
