package conversations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// A file of ours in a template's header must be what the header takes: the synchronised template says what that is.
func TestAFileOfOursMustFitItsTemplatesHeader(t *testing.T) {
	h := newHouse(t)
	card := chat.TemplatePart{HeaderType: "IMAGE", BodyText: "Bolo"}
	require.NoError(t, h.Store.SaveTemplates(t.Context(), h.Ours.ID, h.Ours.Channel.ID, []chat.Template{
		{Name: "foto", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", HeaderType: "VIDEO", BodyText: "Oi"},
		{Name: "vitrine", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED", BodyText: "Veja", Cards: []chat.TemplatePart{card, card}},
	}))
	picture := object{"mediaId": h.Upload(h.Ours, "image/png", pngHead).Text("id")}
	document := object{"mediaId": h.Upload(h.Ours, "application/pdf", pdfHead).Text("id")}
	send := func(name string, variables object) answer {
		return h.Call("POST", "/api/actions/send-template", h.Ours.Operator,
			object{"senderId": h.Ours.Channel.ID, "to": "+5511977770001", "templateName": name, "variables": variables})
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
		require.Equal(t, 400, refused.Status, refused.Raw)
		require.Equal(t, c.field, refused.Body["field"])
		require.Contains(t, refused.Body["error"], c.says)
	}
	require.Equal(t, 202, send("vitrine", object{"card.0.header": picture, "card.1.header": picture}).Status)
}
