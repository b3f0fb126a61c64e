package conversations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestAFileIsSentAsWhatItIs(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	picture := h.Upload(h.Ours, "image/png", pngHead).Text("id")
	theirs := h.Upload(h.Theirs, "image/png", pngHead).Text("id")
	require.NoError(t, h.Store.SaveTemplates(t.Context(), h.Ours.ID, h.Ours.Channel.ID, []chat.Template{
		{Name: "entrega", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "IMAGE"},
		{Name: "nota", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "DOCUMENT"},
		{Name: "filme", Language: "pt_BR", Status: "APPROVED", BodyText: "Oi", HeaderType: "VIDEO"},
	}))
	message := func(body object) answer {
		body["senderId"], body["to"] = h.Ours.Channel.ID, "+5511977770001"
		return h.Call("POST", "/api/actions/send-message", h.Ours.Operator, body)
	}
	template := func(name string, header any) answer {
		return h.Call("POST", "/api/actions/send-template", h.Ours.Operator, object{
			"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "templateName": name, "variables": object{"header": header}})
	}
	attached := func(attachment object) answer { return message(object{"attachment": attachment}) }
	above := func(header object) answer {
		return message(object{"interactive": object{"header": header, "body": "Seguimos?", "buttons": []object{{"id": "s", "title": "Sim"}}}})
	}
	model := func(attachment object) answer {
		return h.Call("POST", "/api/followup-models", h.Ours.Admin, object{"name": "Foto", "channelId": h.Ours.Channel.ID,
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
		if c.found.Body["code"] == "template_params" {
			status = 422 // as all values that do not fit a template
		}
		require.Equal(t, status, c.found.Status, "%s: %s", name, c.found.Raw)
		require.Equal(t, c.field, c.found.Body["field"], "%s: %s", name, c.found.Raw)
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
		require.Equal(t, 202, found.Status, "%s: %s", name, found.Raw)
	}
}

func TestWhatWhatsAppNeverTakesIsRefusedWhenItIsUploaded(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ kind, content string }{
		{"application/octet-stream", "MZ\x90\x00\x03\x00"}, {"text/html", "<!DOCTYPE html><html>"}, {"", "\x00\x01\x02"}, {"text/csv", "a;b\n"}, {"application/zip", "PK\x03\x04\x14\x00"},
	} {
		found := h.sendBytes("POST", "/api/media?kind=document", h.Ours.Operator, c.kind, c.content)
		require.Equal(t, 400, found.Status, "%s: %s", c.kind, found.Raw)
		require.Equal(t, "file", found.Body["field"])
		require.Contains(t, found.Body["error"], "application/pdf, text/plain", "it says what is accepted")
	}
	require.Empty(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List())
	part := "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + pngHead + "\r\n"
	other := "--B\r\nContent-Disposition: form-data; name=\"tipo\"\r\n\r\nimage\r\n"
	for _, body := range []string{other + part + "--B--\r\n", part + other + "--B--\r\n"} {
		found := h.sendBytes("POST", "/api/media", h.Ours.Operator, "multipart/form-data; boundary=B", body)
		require.Equal(t, 400, found.Status, found.Raw)
		require.Equal(t, "tipo", found.Body["field"])
	}
	require.Empty(t, h.Done(200, "GET", "/api/media", h.Ours.Viewer, nil).List())
}
