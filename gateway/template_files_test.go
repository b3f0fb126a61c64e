package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// A file of ours in a template's header must be what the header takes: the synchronised template says what that is.
func TestAFileOfOursMustFitItsTemplatesHeader(t *testing.T) {
	h := newHouse(t)
	card := chat.TemplatePart{HeaderType: "IMAGE", BodyText: "Bolo"}
	require.NoError(t, h.store.SaveTemplates(t.Context(), h.ours.id, h.ours.channel.ID, []chat.Template{
		{Name: "foto", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", HeaderType: "VIDEO", BodyText: "Oi"},
		{Name: "vitrine", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", BodyText: "Veja", Cards: []chat.TemplatePart{card, card}},
	}))
	picture := object{"mediaId": h.upload(h.ours, "image/png", pngHead).text("id")}
	document := object{"mediaId": h.upload(h.ours, "application/pdf", pdfHead).text("id")}
	send := func(name string, variables object) answer {
		return h.call("POST", "/api/actions/send-template", h.ours.operator,
			object{"senderId": h.ours.channel.ID, "to": "+5511977770001", "templateName": name, "variables": variables})
	}
	for _, c := range []struct {
		name, field, says string
		variables         object
	}{
		{"foto", "variables.header", "image/png e não pode ser enviado como video", object{"header": picture}},
		{"vitrine", "variables.card.1.header", "application/pdf e não pode ser enviado como image", object{"card.0.header": picture, "card.1.header": document}},
		{"vitrine", "variables.card.0.header.mediaId", "arquivo não encontrado", object{"card.0.header": object{"mediaId": chat.NewID()}, "card.1.header": picture}},
	} {
		refused := send(c.name, c.variables)
		require.Equal(t, 400, refused.status, refused.raw)
		require.Equal(t, c.field, refused.body["field"])
		require.Contains(t, refused.body["error"], c.says)
	}
	require.Equal(t, 202, send("vitrine", object{"card.0.header": picture, "card.1.header": picture}).status)
}
