package conversations_test

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
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

const (
	pngHead = "\x89PNG\r\n\x1a\n"
	pdfHead = "%PDF-1.7\n"
)

// send makes a request with a body that is no JSON.
func (h *house) sendBytes(method, path, key, contentType, body string, headers ...string) answer {
	h.T.Helper()
	request, err := http.NewRequest(method, path, strings.NewReader(body))
	require.NoError(h.T, err)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return h.Do(request)
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
	first := h.sendBytes("POST", "/api/media", h.Ours.Operator, kind, body)
	require.Equal(t, 201, first.Status, first.Raw)
	require.Equal(t, "image", first.Text("kind"))
	require.Equal(t, "foto.png", first.Text("fileName"))
	require.Equal(t, "kept", first.Text("status"))
	require.EqualValues(t, 9, first.Data()["size"])
	require.Len(t, first.Text("sha256"), 64)

	again := h.sendBytes("POST", "/api/media?fileName=outra.png", h.Ours.Operator, "image/png", pngHead+"a")
	require.Equal(t, first.Text("id"), again.Text("id"), "the same bytes are the same file")
	theirs := h.sendBytes("POST", "/api/media", h.Theirs.Operator, "image/png", pngHead+"a")
	require.NotEqual(t, first.Text("id"), theirs.Text("id"))
	document := h.sendBytes("POST", "/api/media?kind=document", h.Ours.Operator, "image/png", pngHead+"a")
	require.Equal(t, "document", document.Text("kind"))

	require.Len(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List(), 2)
	require.Equal(t, first.Text("sha256"), h.Done(200, "GET", "/api/media/"+first.Text("id")+"/info", h.Ours.Viewer, nil).Text("sha256"))
	require.Equal(t, 403, h.sendBytes("POST", "/api/media", h.Ours.Viewer, "image/png", pngHead).Status)
	require.Equal(t, 401, h.sendBytes("POST", "/api/media", "", "image/png", pngHead).Status)
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
			found := h.sendBytes("POST", "/api/media"+c.path, h.Ours.Operator, c.kind, c.body)
			require.Equal(t, c.status, found.Status, found.Raw)
			require.Contains(t, found.Body["error"], c.says)
			require.Equal(t, c.field, found.Body["field"], found.Raw)
		})
	}
	require.Empty(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List())
	require.Equal(t, 201, h.sendBytes("POST", "/api/media", h.Ours.Operator, "application/pdf", pdfHead+strings.Repeat("x", 5<<20)).Status, "documents may be larger, and larger than any other body")
}

func TestAnUploadOfAnotherSizeThanItSaysIsCutOff(t *testing.T) {
	h := newHouse(t)
	base := h.Serve()
	status, refused := h.Announce(base, "/api/media", 200<<20)
	require.Equal(t, 413, status, "refused by what it announces")
	require.Contains(t, refused, "100 MB")

	// Without an announced length, a body that broke off looks like a whole one, unless its form tells.
	kind, body := form(t, part{field: "file", fileName: "a.pdf", contentType: "application/pdf", content: pdfHead + "olá"})
	connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(t, err)
	half := body[:len(body)-20]
	_, err = fmt.Fprintf(connection, "POST /api/media HTTP/1.1\r\nHost: retoma\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
		h.Ours.Operator, kind, len(half), half)
	require.NoError(t, err)
	require.NoError(t, connection.(*net.TCPConn).CloseWrite())
	said, err := io.ReadAll(connection)
	require.NoError(t, err)
	require.Contains(t, string(said), "HTTP/1.1 400 ")
	require.NoError(t, connection.Close())

	require.Equal(t, 411, h.chunked(base, "application/pdf", pdfHead))
	require.Equal(t, 411, h.chunked(base, "application/pdf", pdfHead+strings.Repeat("x", 16<<20)), "whoever is refused while sending hears why")
	require.Empty(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List())
	require.Equal(t, 201, h.chunked(base, kind, body))
	require.Len(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List(), 1)
}

// chunked uploads without saying how much.
func (h *house) chunked(base, contentType, body string) int {
	h.T.Helper()
	request, err := http.NewRequest(http.MethodPost, base+"/api/media", io.MultiReader(strings.NewReader(body)))
	require.NoError(h.T, err)
	request.Header.Set("Authorization", "Bearer "+h.Ours.Operator)
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.T, err)
	require.NoError(h.T, response.Body.Close())
	return response.StatusCode
}

// TestWhatFollowsARefusedBodyIsNoRequest: bytes that were not read must not be taken for the next request on a connection.
func TestWhatFollowsARefusedBodyIsNoRequest(t *testing.T) {
	h := newHouse(t)
	base := h.Serve()
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
	id := h.sendBytes("POST", "/api/media?fileName=or%C3%A7amento.pdf", h.Ours.Operator, "application/pdf", content).Text("id")
	path := "/api/media/" + id
	whole := h.Call("GET", path, h.Ours.Viewer, nil)
	require.Equal(t, 200, whole.Status)
	require.Equal(t, content, whole.Raw)
	require.Equal(t, "application/pdf", whole.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", whole.Header.Get("X-Content-Type-Options"))
	require.Contains(t, whole.Header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "attachment; filename*=utf-8''or%C3%A7amento.pdf", whole.Header.Get("Content-Disposition"))
	tag := whole.Header.Get("ETag")
	require.Equal(t, 304, h.Call("GET", path, h.Ours.Viewer, nil, "If-None-Match", `"x", W/`+tag).Status)
	for asked, want := range map[string]string{
		"bytes=0-3": "%PDF", "bytes=9-": "0123456789", "bytes=-3": "789", "bytes=15-900": "6789", "bytes=-900": content,
	} {
		found := h.Call("GET", path, h.Ours.Viewer, nil, "Range", asked)
		require.Equal(t, 206, found.Status, asked)
		require.Equal(t, want, found.Raw, asked)
		require.Contains(t, found.Header.Get("Content-Range"), fmt.Sprintf("/%d", len(content)))
	}
	for _, asked := range []string{"bytes=0-1,3-4", "bytes=x-", "lines=1-2", "bytes=5-2", "bytes=--3"} {
		require.Equal(t, content, h.Call("GET", path, h.Ours.Viewer, nil, "Range", asked).Raw, asked)
	}
	require.Equal(t, content, h.Call("GET", path, h.Ours.Viewer, nil, "Range", "bytes=0-3", "If-Range", `"other"`).Raw)
	require.Equal(t, 416, h.Call("GET", path, h.Ours.Viewer, nil, "Range", "bytes=900-").Status)
	require.Equal(t, 404, h.Call("GET", path, h.Theirs.Viewer, nil).Status)
	require.Equal(t, 401, h.Call("GET", path, "", nil).Status)
	h.Done(200, "DELETE", path, h.Ours.Operator, nil)
	require.Equal(t, 404, h.Call("GET", path, h.Ours.Viewer, nil).Status)
}

func TestAnUploadHonoursItsKey(t *testing.T) {
	h := newHouse(t)
	put := func(content string) answer {
		return h.sendBytes("POST", "/api/media", h.Ours.Operator, "application/pdf", content, "Idempotency-Key", "foto-1")
	}
	first := put(pdfHead)
	require.Equal(t, 201, first.Status)
	h.Done(200, "DELETE", "/api/media/"+first.Text("id"), h.Ours.Operator, nil)
	again := put(pdfHead)
	require.Equal(t, first.Raw, again.Raw)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, 409, put(pdfHead+"x").Status, "another file under the same key")
	require.Empty(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List())
}

func TestAFileOfOursIsAttachedByItsId(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	picture := h.Upload(h.Ours, "image/png", pngHead).Text("id")
	sound := h.Upload(h.Ours, "audio/amr", "#!AMR\n").Text("id")
	theirs := h.Upload(h.Theirs, "image/png", pngHead).Text("id")
	send := func(attachment object, text string) answer {
		return h.Call("POST", "/api/actions/send-message", h.Ours.Operator,
			object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "message": text, "attachment": attachment})
	}
	sent := send(object{"mediaId": picture}, "olha")
	require.Equal(t, 202, sent.Status, sent.Raw)
	message, err := h.Store.Message(context.Background(), h.Ours.ID, sent.Text("messageId"))
	require.NoError(t, err)
	require.Equal(t, chat.Image, message.Content.Type)
	require.Equal(t, picture, message.Content.Media.MediaID)
	require.Empty(t, message.Content.Media.ID)
	shown := h.Done(200, "GET", "/api/messages/"+message.ID, h.Ours.Viewer, nil).Data()["media"].(object)
	require.Equal(t, "/api/media/"+picture, shown["url"])

	require.Equal(t, 202, send(object{"mediaId": "1891131285931110", "type": "image"}, "").Status, "any other id is the provider's")
	require.Equal(t, 400, send(object{"mediaId": "1891131285931110"}, "").Status)
	for _, c := range []answer{send(object{"mediaId": theirs}, ""), send(object{"mediaId": chat.NewID()}, "")} {
		require.Equal(t, 400, c.Status, c.Raw)
		require.Equal(t, "attachment.mediaId", c.Body["field"])
	}
	require.Equal(t, 400, send(object{"mediaId": sound}, "ouça").Status, "an audio carries no text")
	require.Equal(t, 409, h.Call("DELETE", "/api/media/"+picture, h.Ours.Operator, nil).Status, "a message waits with it")

	model := object{"name": "Foto", "channelId": h.Ours.Channel.ID, "messages": []object{{"text": "a", "offset": 1, "attachment": object{"mediaId": theirs}}}}
	refused := h.Call("POST", "/api/followup-models", h.Ours.Admin, model)
	require.Equal(t, 400, refused.Status)
	require.Equal(t, "messages[0].attachment.mediaId", refused.Body["field"], refused.Raw)
	document := h.Upload(h.Ours, "application/pdf", pdfHead).Text("id")
	model["messages"] = []object{{"text": "a", "offset": 1, "attachment": object{"mediaId": document}}}
	h.Done(201, "POST", "/api/followup-models", h.Ours.Admin, model)
	require.Equal(t, 409, h.Call("DELETE", "/api/media/"+document, h.Ours.Operator, nil).Status, "a model uses it")
}

// keepMail writes what lies in an inbox into the history, as a worker does.
func (h *house) keepMail(who *tenant, phone string) {
	h.T.Helper()
	contact, err := h.Store.ContactByKeys(context.Background(), who.ID, []chat.Key{chat.PhoneKey(phone)})
	require.NoError(h.T, err)
	_, err = h.Store.Work(context.Background(), desk.Ref{TenantID: who.ID, ContactID: contact.ID}, nil, func(_ context.Context, d *desk.Desk) error {
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
	require.NoError(h.T, err)
}

func TestACustomersFileIsSeenInEveryState(t *testing.T) {
	arrived := 0
	h := newHouse(t, func(o *gateway.Options) { o.FilesArrived = func() { arrived++ } })
	body := strings.ReplaceAll(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
		"metadata":{"phone_number_id":"111"},"contacts":[{"wa_id":"5511977770001"}],"messages":[{"id":"wamid.f1","from":"5511977770001","timestamp":"1783688400","type":"image",
		"image":{"id":"77","mime_type":"image/png","sha256":"abc"}}]}}]}]}`, "\n", "")
	require.Equal(t, 200, h.sendBytes("POST", "/webhooks/meta/"+h.Ours.Channel.Token, "", "application/json", body, "X-Hub-Signature-256", gatewaytest.Signature(body)).Status)
	require.Equal(t, 1, arrived)
	require.Equal(t, 200, h.sendBytes("POST", "/webhooks/meta/"+h.Ours.Channel.Token, "", "application/json", body, "X-Hub-Signature-256", gatewaytest.Signature(body)).Status)
	require.Equal(t, 1, arrived, "it is known")

	file := h.Done(200, "GET", "/api/media?status=fetching", h.Ours.Viewer, nil).List()[0].(object)
	path := "/api/media/" + file["id"].(string)
	require.Equal(t, 503, h.Call("GET", path, h.Ours.Viewer, nil).Status, "it is on its way")
	claimed, err := h.Store.ClaimFetches(context.Background(), h.Clock(), time.Minute, 10, nil)
	require.NoError(t, err)
	require.NoError(t, h.Store.EndFetch(context.Background(), claimed[0], desk.Fetched{State: chat.FileFailed, Problem: "não há mais"}))
	gone := h.Call("GET", path, h.Ours.Viewer, nil)
	require.Equal(t, 422, gone.Status)
	require.Contains(t, gone.Body["error"], "não há mais")
	h.keepMail(h.Ours, "+5511977770001")
	message := "/api/messages/" + claimed[0].MessageID
	shown := h.Done(200, "GET", message, h.Ours.Viewer, nil).Data()["media"].(object)
	require.Equal(t, "failed", shown["status"])
	require.Equal(t, "não há mais", shown["problem"])
	again := h.Done(202, "POST", message+"/media", h.Ours.Operator, nil)
	require.Equal(t, "fetching", again.Data()["media"].(object)["status"])
	require.Equal(t, 2, arrived)

	h.Done(200, "DELETE", path, h.Ours.Operator, nil)
	shown = h.Done(200, "GET", message, h.Ours.Viewer, nil).Data()["media"].(object)
	require.Equal(t, "deleted", shown["status"])
	removed := h.Call("POST", message+"/media", h.Ours.Operator, nil)
	require.Equal(t, 409, removed.Status, removed.Raw)
	require.Contains(t, removed.Body["error"], "foi removido")
	require.Equal(t, 2, arrived, "there is nothing to be fetched")
}

func TestAHeadersFileTellsItsTypeOrIsAskedForIt(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	send := func(header object) answer {
		return h.Call("POST", "/api/actions/send-message", h.Ours.Operator, object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001",
			"interactive": object{"header": header, "body": "Seguimos?", "buttons": []object{{"id": "s", "title": "Sim"}}}})
	}
	foreign := send(object{"mediaId": "1891131285931110"})
	require.Equal(t, 400, foreign.Status, foreign.Raw)
	require.Equal(t, "interactive.header.type", foreign.Body["field"])
	require.Equal(t, 202, send(object{"mediaId": "1891131285931110", "type": "image"}).Status)

	sent := send(object{"mediaId": h.Upload(h.Ours, "image/png", pngHead).Text("id")})
	require.Equal(t, 202, sent.Status, sent.Raw)
	message, err := h.Store.Message(context.Background(), h.Ours.ID, sent.Text("messageId"))
	require.NoError(t, err)
	require.Equal(t, chat.Image, message.Content.Interactive.Header.Type, "a file of ours tells it itself")
	require.Contains(t, message.Content.Text, "[image]")

	sound := send(object{"mediaId": h.Upload(h.Ours, "audio/amr", "#!AMR\n").Text("id")})
	require.Equal(t, 400, sound.Status, sound.Raw)
	require.Equal(t, "interactive.header.type", sound.Body["field"])
	unknown := send(object{"mediaId": chat.NewID()})
	require.Equal(t, 400, unknown.Status)
	require.Equal(t, "interactive.header.mediaId", unknown.Body["field"])
}
