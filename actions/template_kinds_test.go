package actions_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

func TestEveryKindOfVariableIsFilled(t *testing.T) {
	text := func(value string) actions.Value { return actions.Value{Text: value} }
	shop := &chat.Place{Latitude: -23.5, Longitude: -46.6, Name: "Loja", Address: "Rua A, 1"}
	cases := []struct {
		name     string
		template chat.Template
		values   map[string]actions.Value
		want     chat.FilledTemplate
	}{
		{
			name: "a place, a flow, a coupon and products", template: everyButton(),
			values: map[string]actions.Value{
				"header": {Place: shop}, "1": text("amanhã"), "button.1": {Text: "t-1", Data: map[string]any{"dia": "quinta"}}, "button.2": text("VOLTA10"),
				"button.3": {Shelf: &chat.Shelf{Thumbnail: "sku-1"}},
			},
			want: chat.FilledTemplate{
				Name: "visita", Language: "pt_BR", Category: "UTILITY", Text: "Até amanhã",
				Header: []chat.Parameter{{Type: chat.Location, Place: shop}}, Body: []chat.Parameter{{Text: "amanhã"}},
				Buttons: []chat.ButtonParameter{
					{Index: 1, SubType: "flow", Text: "t-1", Data: map[string]any{"dia": "quinta"}}, {Index: 2, SubType: "copy_code", Text: "VOLTA10"},
					{Index: 3, SubType: "catalog", Shelf: &chat.Shelf{Thumbnail: "sku-1"}},
				},
			},
		},
		{
			name: "only what is needed; the place as a text", template: everyButton(),
			values: map[string]actions.Value{"header": text("-23.5, -46.6"), "1": text("amanhã"), "button.2": text("VOLTA10")},
			want: chat.FilledTemplate{
				Name: "visita", Language: "pt_BR", Category: "UTILITY", Text: "Até amanhã",
				Header: []chat.Parameter{{Type: chat.Location, Place: &chat.Place{Latitude: -23.5, Longitude: -46.6}}}, Body: []chat.Parameter{{Text: "amanhã"}},
				Buttons: []chat.ButtonParameter{{Index: 1, SubType: "flow"}, {Index: 2, SubType: "copy_code", Text: "VOLTA10"}},
			},
		},
		{
			name: "a code, given once", template: oneTimeCode(), values: map[string]actions.Value{"1": text("123456")},
			want: chat.FilledTemplate{
				Name: "codigo", Language: "pt_BR", Category: "AUTHENTICATION", Text: "*123456* é o seu código.", Body: []chat.Parameter{{Text: "123456"}},
				Buttons: []chat.ButtonParameter{{SubType: "url", Text: "123456"}},
			},
		},
		{
			name: "an amount and a date", template: chat.Template{Name: "conta", BodyText: "{{1}} até {{2}}"},
			values: map[string]actions.Value{
				"1": {Text: "R$ 10,50", Money: &chat.Money{Currency: "BRL", Thousandth: 10500}}, "2": {Text: "1/12/2026", Date: true},
			},
			want: chat.FilledTemplate{Name: "conta", Text: "R$ 10,50 até 1/12/2026", Body: []chat.Parameter{
				{Text: "R$ 10,50", Money: &chat.Money{Currency: "BRL", Thousandth: 10500}}, {Text: "1/12/2026", Date: true},
			}},
		},
		{
			name: "a carousel with an offer", template: carousel(),
			values: map[string]actions.Value{
				"1": text("Ana"), "offer": text("2026-12-01T18:00:00-03:00"), "card.0.header": text("https://ex.com/0.png"), "card.0.1": text("R$ 10"),
				"card.0.button.0": text("quero_0"), "card.1.header": {Media: &chat.Media{ID: "9"}}, "card.1.1": text("R$ 20"),
			},
			want: chat.FilledTemplate{
				Name: "vitrine", Language: "pt_BR", Category: "MARKETING", Text: "Só hoje\n\nOi Ana\n\n• Por R$ 10\n\n• Por R$ 20", Body: []chat.Parameter{{Text: "Ana"}},
				OfferEnds: time.Date(2026, 12, 1, 21, 0, 0, 0, time.UTC),
				Cards: []chat.FilledPart{
					{
						Header: []chat.Parameter{{Type: chat.Image, Media: &chat.Media{Link: "https://ex.com/0.png"}}}, Body: []chat.Parameter{{Text: "R$ 10"}},
						Buttons: []chat.ButtonParameter{{SubType: "quick_reply", Text: "quero_0"}},
					},
					{Header: []chat.Parameter{{Type: chat.Image, Media: &chat.Media{ID: "9"}}}, Body: []chat.Parameter{{Text: "R$ 20"}}},
				},
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			filled, preview, err := actions.FillTemplate(c.template, actions.Given{Named: c.values})
			require.NoError(t, err)
			require.Equal(t, &c.want, filled)
			require.Equal(t, c.want.Text, preview)
			require.Len(t, chat.Content{Template: filled}.Files(), strings.Count(c.name, "carousel")*2)
		})
	}
}

func TestAValueOfTheWrongKindIsNamed(t *testing.T) {
	text := func(value string) actions.Value { return actions.Value{Text: value} }
	place, file := actions.Value{Place: &chat.Place{}}, actions.Value{Media: &chat.Media{Link: "https://ex.com/a.png"}}
	visit := map[string]actions.Value{"header": place, "1": text("amanhã"), "button.2": text("VOLTA10")}
	cases := []struct {
		template chat.Template
		whole    map[string]actions.Value
		name     string
		value    actions.Value
		says     string
	}{
		{everyButton(), visit, "header", text("na loja"), "é um lugar"},
		{everyButton(), visit, "header", actions.Value{Place: &chat.Place{Latitude: 91}}, "é um lugar"},
		{everyButton(), visit, "header", file, "é um lugar"},
		{everyButton(), visit, "1", file, "é um texto"},
		{everyButton(), visit, "button.1", file, "token do fluxo"},
		{everyButton(), visit, "button.2", place, "é um texto"},
		{everyButton(), visit, "button.2", text(strings.Repeat("A", 21)), "no máximo 20"},
		{everyButton(), visit, "button.2", text("A\nB"), "quebra de linha"},
		{everyButton(), visit, "button.3", file, "são produtos"},
		{everyButton(), visit, "button.0", text("x"), "não tem a variável"},
		{positional(), map[string]actions.Value{"header.1": text("7"), "1": text("a"), "2": text("b"), "button.2": text("c")}, "button.0", text(strings.Repeat("x", 257)), "no máximo 256"},
		{positional(), map[string]actions.Value{"header.1": text("7"), "1": text("a"), "2": text("b"), "button.2": text("c")}, "header.1",
			actions.Value{Text: "R$ 1", Money: &chat.Money{Currency: "BRL"}}, "é um texto"},
		{withMedia(), map[string]actions.Value{"header": file, "1": text("a")}, "header", text("foto.png"), "http"},
		{withMedia(), map[string]actions.Value{"header": file, "1": text("a")}, "header", place, "é um anexo"},
		{withMedia(), map[string]actions.Value{"header": file, "1": text("a")}, "header", text("https://ex.com/a.MP4?x=1"), "termina em .mp4"},
		{oneTimeCode(), map[string]actions.Value{}, "1", text(strings.Repeat("1", 16)), "no máximo 15"},
		{carousel(), map[string]actions.Value{"1": text("a"), "offer": text("2026-12-01T18:00:00Z"), "card.0.header": file, "card.0.1": text("a"),
			"card.1.header": file, "card.1.1": text("a")}, "offer", text("amanhã"), "é uma hora"},
		{carousel(), map[string]actions.Value{"1": text("a"), "offer": text("2026-12-01T18:00:00Z"), "card.0.header": file, "card.0.1": text("a"),
			"card.1.header": file, "card.1.1": text("a")}, "card.1.1", text("a\tb"), "tabulação"},
	}
	for _, c := range cases {
		t.Run(c.template.Name+" "+c.name+" "+c.says, func(t *testing.T) {
			values := map[string]actions.Value{}
			for name, value := range c.whole {
				values[name] = value
			}
			values[c.name] = c.value
			_, _, err := actions.FillTemplate(c.template, actions.Given{Named: values})
			require.True(t, fault.Is(err, fault.TemplateParams), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, "variables."+c.name, fault.Of(err).Field)
		})
	}
}

// A carousel's card and a limited-time offer take less than other templates do.
func TestCardsOffersAndProductsHaveTheirOwnLimits(t *testing.T) {
	text := func(value string) actions.Value { return actions.Value{Text: value} }
	picture := text("https://ex.com/a.png")
	offer := chat.Template{Name: "oferta", BodyText: "Oi {{1}}", Offer: &chat.TemplateOffer{Text: "Só hoje"}, Buttons: []chat.TemplateButton{{Type: "COPY_CODE", Text: "Copiar"}}}
	shop := chat.Template{Name: "loja", BodyText: "Oi", Buttons: []chat.TemplateButton{{Type: "MPM", Text: "Ver"}}}
	shelf := func(title string, thumbnail string) map[string]actions.Value {
		return map[string]actions.Value{"button.0": {Shelf: &chat.Shelf{Thumbnail: thumbnail, Sections: []chat.ShelfSection{{Title: title, Products: []string{"p1"}}}}}}
	}
	for _, c := range []struct {
		template    chat.Template
		values      map[string]actions.Value
		says, field string
	}{
		{offer, map[string]actions.Value{"1": text("a"), "button.0": text(strings.Repeat("V", 15))}, "", ""},
		{offer, map[string]actions.Value{"1": text("a"), "button.0": text(strings.Repeat("V", 16))}, "no máximo 15", "variables.button.0"},
		{offer, map[string]actions.Value{"1": text(strings.Repeat("a", 598)), "button.0": text("V")}, "601 caracteres; o máximo é 600", ""},
		{carousel(), map[string]actions.Value{"1": text("a"), "offer": text("2026-12-01T18:00:00Z"), "card.0.header": picture, "card.0.1": text("a"),
			"card.1.header": picture, "card.1.1": text(strings.Repeat("a", 157))}, "o texto do cartão 2", ""},
		{shop, shelf(strings.Repeat("t", 24), "p1"), "", ""},
		{shop, shelf(strings.Repeat("t", 25), "p1"), "no máximo 24", "variables.button.0"},
		{shop, shelf("Bolos", ""), `"thumbnail"`, "variables.button.0"},
	} {
		_, _, err := actions.FillTemplate(c.template, actions.Given{Named: c.values})
		if c.says == "" {
			require.NoError(t, err)
			continue
		}
		require.True(t, fault.Is(err, fault.TemplateParams), "%v", err)
		require.ErrorContains(t, err, c.says)
		require.Equal(t, c.field, fault.Of(err).Field)
	}
}

func TestALongHeaderIsRefusedWhole(t *testing.T) {
	_, _, err := actions.FillTemplate(chat.Template{Name: "h", HeaderType: "TEXT", HeaderText: "Oi {{1}}", BodyText: "x"}, actions.Texts(nil, []string{strings.Repeat("a", 58)}))
	require.ErrorContains(t, err, "61 caracteres; o máximo é 60")
}

// A part that is not understood makes a template unsendable, not half-sent.
func TestATemplateWithAnUnknownPartIsNotSent(t *testing.T) {
	template := chat.Template{Name: "loja", BodyText: "Oi", Beyond: "um botão do tipo ORDER_DETAILS"}
	_, _, err := actions.FillTemplate(template, actions.Given{})
	require.True(t, fault.Is(err, fault.TemplateNotFound))
	require.ErrorContains(t, err, "ORDER_DETAILS")
	require.NotNil(t, actions.CheckFilled(template, chat.FilledTemplate{}))
	require.Error(t, actions.MatchVariables(template, nil, 0))
}

func TestVariablesAreMatchedBeforeTheirValuesExist(t *testing.T) {
	require.NoError(t, actions.MatchVariables(everyButton(), []string{"header", "1", "button.2"}, 0))
	require.NoError(t, actions.MatchVariables(everyButton(), nil, 3))
	require.ErrorContains(t, actions.MatchVariables(everyButton(), []string{"header", "1"}, 0), `"button.2"`)
	require.ErrorContains(t, actions.MatchVariables(everyButton(), nil, 4), "4 valores")
}
