package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestAFileIsSentAsWhatItIs(t *testing.T) {
	h := newHouse(t)
	h.customerWrote(h.ours, "5511977770001")
	picture := h.upload(h.ours, "image/png", pngHead).text("id")
	theirs := h.upload(h.theirs, "image/png", pngHead).text("id")
	require.NoError(t, h.store.SaveTemplates(t.Context(), h.ours.id, h.ours.channel.ID, []chat.Template{
		{Name: "entrega", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "IMAGE"},
		{Name: "nota", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "DOCUMENT"},
		{Name: "filme", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "VIDEO"},
	}))
	message := func(body object) answer {
		body["senderId"], body["to"] = h.ours.channel.ID, "+5511977770001"
		return h.call("POST", "/api/actions/send-message", h.ours.operator, body)
	}
	template := func(name string, header any) answer {
		return h.call("POST", "/api/actions/send-template", h.ours.operator, object{
			"senderId": h.ours.channel.ID, "to": "+5511977770001", "templateName": name, "variables": object{"header": header}})
	}
	attached := func(attachment object) answer { return message(object{"attachment": attachment}) }
	above := func(header object) answer {
		return message(object{"interactive": object{"header": header, "body": "Seguimos?", "buttons": []object{{"id": "s", "title": "Sim"}}}})
	}
	model := func(attachment object) answer {
		return h.call("POST", "/api/followup-models", h.ours.admin, object{"name": "Foto", "channelId": h.ours.channel.ID,
			"messages": []object{{"offset": 1, "attachment": attachment}}})
	}
	link := "https://exemplo.com/tabela.pdf"
	for name, c := range map[string]struct {
		found answer
		field string
	}{
		"a picture as a video":           {attached(object{"mediaId": picture, "type": "video"}), "attachment.type"},
		"a picture as a sticker":         {attached(object{"mediaId": picture, "type": "sticker"}), "attachment.type"},
		"a link to a PDF as a picture":   {attached(object{"url": link, "type": "image"}), "attachment.type"},
		"above an interactive message":   {above(object{"mediaId": picture, "type": "video"}), "interactive.header.type"},
		"a link above one":               {above(object{"url": link, "type": "image"}), "interactive.header.type"},
		"a template's picture":           {template("entrega", link), "variables.header"},
		"a template's picture with name": {template("entrega", object{"url": link, "fileName": "a.jpg"}), "variables.header"},
		"a template's video":             {template("filme", object{"mediaId": picture}), "variables.header"},
		"somebody else's file":           {template("entrega", object{"mediaId": theirs}), "variables.header.mediaId"},
		"a model":                        {model(object{"mediaId": picture, "type": "audio"}), "messages[0].attachment.type"},
		"a link in a model":              {model(object{"url": link, "type": "image"}), "messages[0].attachment.type"},
	} {
		status := 400
		if c.found.body["code"] == "template_params" {
			status = 422 // as all values that do not fit a template
		}
		require.Equal(t, status, c.found.status, "%s: %s", name, c.found.raw)
		require.Equal(t, c.field, c.found.body["field"], "%s: %s", name, c.found.raw)
	}
	for name, found := range map[string]answer{
		"as a document":          attached(object{"mediaId": picture, "type": "document"}),
		"as itself":              attached(object{"mediaId": picture, "type": "image"}),
		"a link to anything":     attached(object{"url": "https://exemplo.com/foto?id=1", "type": "image"}),
		"a link as a document":   attached(object{"url": link, "type": "document"}),
		"a template's picture":   template("entrega", object{"mediaId": picture}),
		"a template's document":  template("nota", link),
		"a picture as its paper": template("nota", object{"mediaId": picture}),
	} {
		require.Equal(t, 202, found.status, "%s: %s", name, found.raw)
	}
}

func TestWhatWhatsAppNeverTakesIsRefusedWhenItIsUploaded(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ kind, content string }{
		{"application/octet-stream", "MZ\x90\x00\x03\x00"}, {"text/html", "<!DOCTYPE html><html>"}, {"", "\x00\x01\x02"}, {"text/csv", "a;b\n"}, {"application/zip", "PK\x03\x04\x14\x00"},
	} {
		found := h.sendBytes("POST", "/api/media?kind=document", h.ours.operator, c.kind, c.content)
		require.Equal(t, 400, found.status, "%s: %s", c.kind, found.raw)
		require.Equal(t, "file", found.body["field"])
		require.Contains(t, found.body["error"], "application/pdf, text/plain", "it says what is accepted")
	}
	require.Empty(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list())
	part := "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + pngHead + "\r\n"
	other := "--B\r\nContent-Disposition: form-data; name=\"tipo\"\r\n\r\nimage\r\n"
	for _, body := range []string{other + part + "--B--\r\n", part + other + "--B--\r\n"} {
		found := h.sendBytes("POST", "/api/media", h.ours.operator, "multipart/form-data; boundary=B", body)
		require.Equal(t, 400, found.status, found.raw)
		require.Equal(t, "tipo", found.body["field"])
	}
	require.Empty(t, h.done(200, "GET", "/api/media", h.ours.viewer, nil).list())
}
