package chat_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func buttons(list ...chat.ReplyButton) chat.Interactive {
	return chat.Interactive{Body: "oi", Buttons: list}
}

func menu(sections ...chat.Section) chat.Interactive {
	return chat.Interactive{Body: "oi", List: &chat.Menu{Button: "Ver", Sections: sections}}
}

func rows(count int, prefix string) []chat.Row {
	made := make([]chat.Row, count)
	for i := range made {
		made[i] = chat.Row{ID: prefix + string(rune('a'+i)), Title: "x"}
	}
	return made
}

// Each limit is met exactly and passed by one, in characters and not in bytes.
func TestTheLimitsOfInteractiveMessages(t *testing.T) {
	long := func(count int) string { return strings.Repeat("é", count) }
	ok := chat.ReplyButton{ID: "ok", Title: "Ok"}
	with := func(change func(*chat.Interactive)) chat.Interactive {
		message := buttons(ok)
		change(&message)
		return message
	}
	cases := []struct {
		name    string
		message chat.Interactive
		field   string // empty: fit
	}{
		{"one button", buttons(ok), ""},
		{"three buttons", buttons(ok, chat.ReplyButton{ID: "b", Title: "B"}, chat.ReplyButton{ID: "c", Title: "C"}), ""},
		{"four", buttons(ok, ok, ok, ok), "m.buttons"},
		{"none", chat.Interactive{Body: "oi", Buttons: []chat.ReplyButton{}}, "m.buttons"},
		{"nothing to tap", chat.Interactive{Body: "oi"}, "m"},
		{"two things to tap", with(func(m *chat.Interactive) { m.AskLocation = true }), "m"},
		{"the longest title and id", buttons(chat.ReplyButton{ID: long(256), Title: long(20)}), ""},
		{"a longer title", buttons(chat.ReplyButton{ID: "a", Title: long(21)}), "m.buttons[0].title"},
		{"a longer id", buttons(chat.ReplyButton{ID: long(257), Title: "a"}), "m.buttons[0].id"},
		{"no id", buttons(chat.ReplyButton{Title: "a"}), "m.buttons[0].id"},
		{"a title of spaces", buttons(chat.ReplyButton{ID: "a", Title: "  "}), "m.buttons[0].title"},
		{"the same id", buttons(ok, chat.ReplyButton{ID: "ok", Title: "B"}), "m.buttons[1].id"},
		{"the same title", buttons(ok, chat.ReplyButton{ID: "b", Title: "Ok"}), "m.buttons[1].title"},
		{"the longest body", with(func(m *chat.Interactive) { m.Body = long(1024) }), ""},
		{"a longer body", with(func(m *chat.Interactive) { m.Body = long(1025) }), "m.body"},
		{"no body", with(func(m *chat.Interactive) { m.Body = "" }), "m.body"},
		{"the longest footer", with(func(m *chat.Interactive) { m.Footer = long(60) }), ""},
		{"a longer footer", with(func(m *chat.Interactive) { m.Footer = long(61) }), "m.footer"},
		{"the longest header", with(func(m *chat.Interactive) { m.Header = &chat.Header{Text: long(60)} }), ""},
		{"a longer header", with(func(m *chat.Interactive) { m.Header = &chat.Header{Text: long(61)} }), "m.header.text"},
		{"an empty header", with(func(m *chat.Interactive) { m.Header = &chat.Header{} }), "m.header.text"},
		{"a picture above", with(func(m *chat.Interactive) { m.Header = &chat.Header{Type: chat.Image, Media: &chat.Media{ID: "1"}} }), ""},
		{"a file of ours above", with(func(m *chat.Interactive) { m.Header = &chat.Header{Type: chat.Image, Media: &chat.Media{MediaID: "1"}} }), ""},
		{"a sound above", with(func(m *chat.Interactive) { m.Header = &chat.Header{Type: chat.Audio, Media: &chat.Media{ID: "1"}} }), "m.header.type"},
		{"a picture from nowhere", with(func(m *chat.Interactive) {
			m.Header = &chat.Header{Type: chat.Image, Media: &chat.Media{Link: "a.png"}}
		}), "m.header.url"},
		{"a text and a picture", with(func(m *chat.Interactive) {
			m.Header = &chat.Header{Text: "a", Type: chat.Image, Media: &chat.Media{ID: "1"}}
		}), "m.header.text"},
		{"ten rows", menu(chat.Section{Rows: rows(10, "")}), ""},
		{"eleven rows in two sections", menu(chat.Section{Title: "A", Rows: rows(6, "1")}, chat.Section{Title: "B", Rows: rows(5, "2")}), "m.list.sections[1].rows"},
		{"two sections, one without a title", menu(chat.Section{Title: "A", Rows: rows(1, "1")}, chat.Section{Rows: rows(1, "2")}), "m.list.sections[1].title"},
		{"a section without rows", menu(chat.Section{}), "m.list.sections[0].rows"},
		{"no sections", menu(), "m.list.sections"},
		{"the same row in two sections", menu(chat.Section{Title: "A", Rows: rows(1, "")}, chat.Section{Title: "B", Rows: rows(1, "")}), "m.list.sections[1].rows[0].id"},
		{"the longest row", menu(chat.Section{Title: long(24), Rows: []chat.Row{{ID: long(200), Title: long(24), Description: long(72)}}}), ""},
		{"a longer row title", menu(chat.Section{Rows: []chat.Row{{ID: "a", Title: long(25)}}}), "m.list.sections[0].rows[0].title"},
		{"a longer row id", menu(chat.Section{Rows: []chat.Row{{ID: long(201), Title: "a"}}}), "m.list.sections[0].rows[0].id"},
		{"a longer description", menu(chat.Section{Rows: []chat.Row{{ID: "a", Title: "a", Description: long(73)}}}), "m.list.sections[0].rows[0].description"},
		{"a longer section title", menu(chat.Section{Title: long(25), Rows: rows(1, "")}), "m.list.sections[0].title"},
		{"a list's longer button", chat.Interactive{Body: "oi", List: &chat.Menu{Button: long(21), Sections: []chat.Section{{Rows: rows(1, "")}}}}, "m.list.button"},
		{"a picture above a list", chat.Interactive{Body: "oi", Header: &chat.Header{Type: chat.Image, Media: &chat.Media{ID: "1"}},
			List: &chat.Menu{Button: "Ver", Sections: []chat.Section{{Rows: rows(1, "")}}}}, "m.header"},
		{"a link", chat.Interactive{Body: "oi", Link: &chat.LinkButton{Title: long(20), URL: "https://ex.com"}}, ""},
		{"a link's longer title", chat.Interactive{Body: "oi", Link: &chat.LinkButton{Title: long(21), URL: "https://ex.com"}}, "m.link.title"},
		{"a link to nowhere", chat.Interactive{Body: "oi", Link: &chat.LinkButton{Title: "Ver", URL: "ex.com"}}, "m.link.url"},
		{"a flow", chat.Interactive{Body: "oi", Flow: &chat.FlowButton{ID: "1", Title: long(30)}}, ""},
		{"a flow's longer title", chat.Interactive{Body: "oi", Flow: &chat.FlowButton{ID: "1", Title: long(31)}}, "m.flow.title"},
		{"a flow without a name", chat.Interactive{Body: "oi", Flow: &chat.FlowButton{Title: "a"}}, "m.flow.id"},
		{"a flow with two names", chat.Interactive{Body: "oi", Flow: &chat.FlowButton{ID: "1", Name: "a", Title: "a"}}, "m.flow.name"},
		{"a flow's data without a screen", chat.Interactive{Body: "oi", Flow: &chat.FlowButton{ID: "1", Title: "a", Data: map[string]any{"a": 1}}}, "m.flow.data"},
		{"where are you", chat.Interactive{Body: "oi", AskLocation: true}, ""},
		{"where are you, with a header", chat.Interactive{Body: "oi", AskLocation: true, Header: &chat.Header{Text: "a"}}, "m.header"},
		{"where are you, with a footer", chat.Interactive{Body: "oi", AskLocation: true, Footer: "a"}, "m.footer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { requireField(t, c.field, c.message.Check("m")) })
	}
}

// requireField wants a validation error of a field, or none.
func requireField(t *testing.T, field string, err error) {
	t.Helper()
	if field == "" {
		require.NoError(t, err)
		return
	}
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	require.Equal(t, field, fault.Of(err).Field, "%v", err)
}

func TestPlacesCardsAndEmojis(t *testing.T) {
	for _, c := range []struct {
		place chat.Place
		field string
	}{
		{chat.Place{}, ""}, {chat.Place{Latitude: -90, Longitude: 180}, ""}, {chat.Place{Latitude: 90.01}, "location.latitude"},
		{chat.Place{Longitude: -180.01}, "location.longitude"}, {chat.Place{Latitude: math.NaN()}, "location.latitude"},
		{chat.Place{Name: strings.Repeat("a", 1001)}, "location.name"},
	} {
		requireField(t, c.field, c.place.ContentOf().Check())
	}
	for emoji, good := range map[string]bool{
		"": true, "👍": true, "❤️": true, "👨‍👩‍👧‍👦": true, "🇧🇷": true, "1️⃣": true, "ok": false, "é": false, "1": false, "👍 👍": false, ":)": false,
		strings.Repeat("👍", 17): false,
	} {
		field := "reaction.emoji"
		if good {
			field = ""
		}
		requireField(t, field, chat.Emoji{Emoji: emoji}.ContentOf().Check())
	}
	ana := chat.Card{Name: "Ana", Phones: []chat.CardPhone{{Phone: "+5511999990001"}}, Birthday: "1990-05-01"}
	for _, c := range []struct {
		cards []chat.Card
		field string
	}{
		{[]chat.Card{ana}, ""}, {[]chat.Card{}, "contacts"}, {make([]chat.Card, 258), "contacts"}, {[]chat.Card{ana, {}}, "contacts[1].name"},
		{[]chat.Card{{Name: "a", Phones: []chat.CardPhone{{}}}}, "contacts[0].phones[0].phone"},
		{[]chat.Card{{Name: "a", Emails: []chat.CardEmail{{}}}}, "contacts[0].emails[0].email"},
		{[]chat.Card{{Name: "a", Links: []chat.CardLink{{}}}}, "contacts[0].links[0].url"},
		{[]chat.Card{{Name: "a", Birthday: "1/5/1990"}}, "contacts[0].birthday"},
	} {
		requireField(t, c.field, chat.CardsContent(c.cards).Check())
	}
}

func TestWhatStandsForAMessage(t *testing.T) {
	require.Equal(t, "Oi\n\nSeguimos?\n\nÓtica\n\n[Sim] [Não]", chat.Interactive{Header: &chat.Header{Text: "Oi"}, Body: "Seguimos?", Footer: "Ótica",
		Buttons: []chat.ReplyButton{{ID: "s", Title: "Sim"}, {ID: "n", Title: "Não"}}}.ContentOf().Text)
	require.Equal(t, "[tabela.pdf]\n\nEscolha\n\n[Ver]\nManhã\n• 9h: quinta\n• 10h", chat.Interactive{
		Header: &chat.Header{Type: chat.Document, Media: &chat.Media{FileName: "tabela.pdf"}}, Body: "Escolha",
		List: &chat.Menu{Button: "Ver", Sections: []chat.Section{{Title: "Manhã", Rows: []chat.Row{{ID: "9", Title: "9h", Description: "quinta"}, {ID: "10", Title: "10h"}}}}},
	}.ContentOf().Text)
	require.Equal(t, "Veja\n\n[Abrir] https://ex.com", chat.Interactive{Body: "Veja", Link: &chat.LinkButton{Title: "Abrir", URL: "https://ex.com"}}.ContentOf().Text)
	require.Equal(t, "Onde?\n\n[Enviar localização]", chat.Interactive{Body: "Onde?", AskLocation: true}.ContentOf().Text)
	require.Equal(t, "📍 Loja\nRua A, 1\n-23.5, -46.6", chat.Place{Latitude: -23.5, Longitude: -46.6, Name: "Loja", Address: "Rua A, 1"}.ContentOf().Text)
	require.Equal(t, "👤 Ana: +5511, a@ex.com\n👤 Bia", chat.CardsContent([]chat.Card{
		{Name: "Ana", Phones: []chat.CardPhone{{Phone: "+5511"}}, Emails: []chat.CardEmail{{Email: "a@ex.com"}}}, {Name: "Bia"},
	}).Text)
}
