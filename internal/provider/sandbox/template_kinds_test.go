package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	visitFlow = `{"version":"7.0","screens":[{"id":"DIA","title":"Sua visita","layout":{"type":"SingleColumnLayout","children":[` +
		`{"type":"TextHeading","text":"Quando?"},{"type":"Form","name":"f","children":[` +
		`{"type":"DatePicker","name":"dia","label":"Dia","required":true},` +
		`{"type":"Dropdown","name":"hora","label":"Horário","data-source":[{"id":"h9","title":"9 h"},{"id":"h14","title":"14 h"}]},` +
		`{"type":"Dropdown","name":"loja","label":"Loja","data-source":"${data.lojas}"},` +
		`{"type":"TextInput","name":"pessoas","label":"Quantas pessoas?","input-type":"number"},` +
		`{"type":"If","condition":"x","then":[{"type":"OptIn","name":"aviso","label":"Avise-me"}]},` +
		`{"type":"Footer","label":"Enviar","on-click-action":{"name":"complete"}}]}]}}]}`
	offerEnds = "1796158800000"
)

// kindTemplates are one template of each kind that is more than header, body and plain buttons.
func kindTemplates() []Template {
	part := func(kind, text string) TemplateComponent { return TemplateComponent{Type: kind, Text: text} }
	picture := TemplateComponent{Type: "HEADER", Format: "IMAGE"}
	buttons := func(list ...TemplateButton) TemplateComponent {
		return TemplateComponent{Type: "BUTTONS", Buttons: list}
	}
	card := func(text string) TemplateCard {
		return TemplateCard{Components: []TemplateComponent{picture, part("BODY", text),
			buttons(TemplateButton{Type: "QUICK_REPLY", Text: "Quero este"}, TemplateButton{Type: "URL", Text: "Ver", URL: "https://ex.com/{{1}}"})}}
	}
	template := func(name string, components ...TemplateComponent) Template {
		return Template{Name: name, Language: "pt_BR", Category: "MARKETING", Components: components}
	}
	code := template("senha", part("BODY", "{{1}} é seu código."), TemplateComponent{Type: "FOOTER", CodeMinutes: 10}, buttons(TemplateButton{Type: "OTP", CodeKind: "ONE_TAP"}))
	code.Category = "AUTHENTICATION"
	coupon := TemplateButton{Type: "COPY_CODE", Text: "Copiar"}
	return []Template{
		template("vitrine", part("BODY", "Oi {{1}}, veja:"), TemplateComponent{Type: "CAROUSEL", Cards: []TemplateCard{card("Bolo por {{1}}"), card("Torta por {{1}}")}}),
		template("oferta", picture, TemplateComponent{Type: "LIMITED_TIME_OFFER", Offer: &TemplateOffer{Text: "Só hoje!", Expires: true}}, part("BODY", "{{1}}, use o código."),
			buttons(coupon, TemplateButton{Type: "URL", Text: "Comprar", URL: "https://ex.com/{{1}}"})),
		template("oferta_sem_fim", TemplateComponent{Type: "LIMITED_TIME_OFFER", Offer: &TemplateOffer{Text: "Enquanto durar"}}, part("BODY", "Use o código."), buttons(coupon)),
		template("visita", part("BODY", "Marque sua visita"), buttons(TemplateButton{Type: "FLOW", Text: "Marcar", FlowJSON: visitFlow})),
		template("pesquisa", part("BODY", "Como foi?"), buttons(TemplateButton{Type: "FLOW", Text: "Responder", FlowID: json.RawMessage(`"99"`)})),
		template("catalogo", part("BODY", "Nossos bolos"), buttons(TemplateButton{Type: "CATALOG", Text: "Ver catálogo"})),
		template("produtos", part("BODY", "Escolhidos para você"), buttons(TemplateButton{Type: "MPM", Text: "Ver produtos"})),
		template("ligue", part("BODY", "Fale com a gente"), buttons(TemplateButton{Type: "VOICE_CALL", Text: "Ligar agora"})),
		code,
	}
}

func withKindTemplates(o *Options) {
	o.Businesses[0].Templates = append(o.Businesses[0].Templates, kindTemplates()...)
}

func cardSent(index, text, rest string) string {
	return `{"card_index":` + index + `,"components":[` + headerImage + `,` + body(texts(text)) +
		`,{"type":"button","sub_type":"url","index":1,"parameters":[` + texts("p/"+text) + `]}` + rest + `]}`
}

func carouselSent(cards ...string) string {
	return body(texts("Ana")) + `,{"type":"carousel","cards":[` + strings.Join(cards, ",") + `]}`
}

func offerSent(parameters string) string {
	return headerImage + `,` + body(texts("Ana")) + `,{"type":"limited_time_offer","parameters":[` + parameters + `]},` +
		`{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"VOLTA10"}]},` +
		`{"type":"button","sub_type":"url","index":1,"parameters":[` + texts("loja") + `]}`
}

func endsAt(value string) string {
	return `{"type":"limited_time_offer","limited_time_offer":{"expiration_time_ms":` + value + `}}`
}

func buttonSent(kind, parameters string) string {
	return `{"type":"button","sub_type":"` + kind + `","index":"0","parameters":[` + parameters + `]}`
}

func actionSent(kind, action string) string {
	return buttonSent(kind, `{"type":"action","action":`+action+`}`)
}

func TestEveryKindOfTemplateIsComparedWithItsDefinition(t *testing.T) {
	w := newWorld(t, withKindTemplates)
	first, second := cardSent("0", "1", ""), cardSent(`"1"`, "2", "")
	products := func(count int) string {
		return strings.TrimSuffix(strings.Repeat(`{"product_retailer_id":"p"},`, count), ",")
	}
	shelf := func(sections string) string {
		return actionSent("mpm", `{"thumbnail_product_retailer_id":"p1","sections":[`+sections+`]}`)
	}
	one := `{"title":"Bolos","product_items":[` + products(1) + `]}`
	for _, c := range []struct {
		name, template, components string
		code                       int
		says                       string
	}{
		{"carousel", "vitrine", carouselSent(first, second), 0, ""},
		{"cards in any order", "vitrine", carouselSent(second, first), 0, ""},
		{"a payload for a card's reply", "vitrine", carouselSent(cardSent("0", "1", ","+quickReply), second), 0, ""},
		{"no carousel", "vitrine", body(texts("Ana")), 132000, "number of cards (0) does not match the expected number of cards (2)"},
		{"a card missing", "vitrine", carouselSent(first), 132000, "number of cards (1)"},
		{"a card too many", "vitrine", carouselSent(first, second, cardSent("2", "3", "")), 132000, "number of cards (3)"},
		{"a card that is not there", "vitrine", carouselSent(first, cardSent("2", "3", "")), 132018, "no card at card_index 2"},
		{"a card twice", "vitrine", carouselSent(first, first), 132018, "card_index 0 is given twice"},
		{"a card without index", "vitrine", carouselSent(first, strings.Replace(second, `"card_index":"1",`, "", 1)), 132018, "no card at card_index null"},
		{"the card's picture missing", "vitrine", carouselSent(first, strings.Replace(second, headerImage+",", "", 1)), 132012, "Card at index 1: header: Format mismatch, expected IMAGE, received UNKNOWN"},
		{"a film in a card's place of a picture", "vitrine", carouselSent(strings.Replace(strings.ReplaceAll(first, `"image"`, `"video"`), "a.png", "a.mp4", 1), second), 132012, "expected IMAGE, received VIDEO"},
		{"the card's text missing", "vitrine", carouselSent(strings.Replace(first, body(texts("1"))+",", "", 1), second), 132000, "Card at index 0: body: number of localizable_params (0)"},
		{"a card's text of 161", "vitrine", carouselSent(strings.Replace(first, body(texts("1")), body(texts(strings.Repeat("x", 152))), 1), second), 132005, "161 characters, at most 160"},
		{"a line break in a card", "vitrine", carouselSent(strings.Replace(first, body(texts("1")), body(texts(`a\nb`)), 1), second), 132018, "new-line"},
		{"the card's link missing", "vitrine", carouselSent(first, `{"card_index":1,"components":[`+headerImage+`,`+body(texts("2"))+`]}`), 131008, "Card at index 1: buttons: Button at index 1 of type Url"},
		{"a card's button that is not there", "vitrine", carouselSent(first, cardSent("1", "2", `,{"type":"button","sub_type":"url","index":2,"parameters":[`+texts("x")+`]}`)), 132018, "no button at index 2"},
		{"a carousel within a card", "vitrine", carouselSent(first, `{"card_index":1,"components":[{"type":"carousel","cards":[]}]}`), 100, "must be one of {HEADER, BODY, BUTTON}"},
		{"cards in a body", "vitrine", `{"type":"body","cards":[` + first + `]}`, 100, "Unexpected key"},
		{"a carousel for none", "ligue", `{"type":"carousel","cards":[` + first + `]}`, 132018, "has no carousel"},

		{"offer", "oferta", offerSent(endsAt(offerEnds)), 0, ""},
		{"the offer's end missing", "oferta", strings.Replace(offerSent(""), `{"type":"limited_time_offer","parameters":[]},`, "", 1), 132018, "requires expiration_time_ms"},
		{"the offer's end empty", "oferta", offerSent(""), 132018, "requires expiration_time_ms"},
		{"the offer's end twice", "oferta", offerSent(endsAt(offerEnds) + "," + endsAt(offerEnds)), 132000, "number of params (2)"},
		{"the offer's end as text", "oferta", offerSent(endsAt(`"amanhã"`)), 100, ""},
		{"the offer's end of another kind", "oferta", offerSent(texts("amanhã")), 132012, "UNIX timestamp in milliseconds"},
		{"an end for an offer without one", "oferta_sem_fim", `{"type":"limited_time_offer","parameters":[` + endsAt(offerEnds) + `]},` + buttonSent("copy_code", `{"type":"coupon_code","coupon_code":"A"}`), 132018, "no expiration"},
		{"an offer without end", "oferta_sem_fim", buttonSent("copy_code", `{"type":"coupon_code","coupon_code":"A"}`), 0, ""},
		{"an offer's code of 16", "oferta_sem_fim", buttonSent("copy_code", `{"type":"coupon_code","coupon_code":"`+strings.Repeat("A", 16)+`"}`), 132018, "length limit 15"},
		{"an offer for none", "ligue", `{"type":"limited_time_offer","parameters":[` + endsAt(offerEnds) + `]}`, 132018, "no limited-time offer"},

		{"form", "visita", actionSent("flow", `{"flow_token":"t","flow_action_data":{"nome":"Ana"}}`), 0, ""},
		{"form without token", "visita", actionSent("flow", `{}`), 0, ""},
		{"form that is only named", "visita", `{"type":"button","sub_type":"flow","index":0}`, 0, ""},
		{"form that is not named", "visita", "", 131009, "of type Flow requires a button component"},
		{"form as a link", "visita", buttonSent("url", texts("x")), 132018, "must be of type Flow"},
		{"form with a text", "visita", buttonSent("flow", texts("x")), 132018, "takes a parameter of type action"},
		{"form without action", "visita", buttonSent("flow", `{"type":"action"}`), 132012, "requires an action"},
		{"form whose data is a text", "visita", actionSent("flow", `{"flow_action_data":"Ana"}`), 132012, "must be an object"},
		{"form with an unknown key", "visita", actionSent("flow", `{"token":"t"}`), 100, "Unexpected key"},
		{"form with products", "visita", actionSent("flow", `{"thumbnail_product_retailer_id":"p"}`), 132018, "takes no products"},

		{"catalogue", "catalogo", "", 0, ""},
		{"catalogue that is only named", "catalogo", `{"type":"button","sub_type":"CATALOG","index":0}`, 0, ""},
		{"catalogue with a picture", "catalogo", actionSent("catalog", `{"thumbnail_product_retailer_id":"p1"}`), 0, ""},
		{"catalogue with sections", "catalogo", actionSent("catalog", `{"sections":[`+one+`]}`), 132018, "takes no sections"},
		{"catalogue with a token", "catalogo", actionSent("catalog", `{"flow_token":"t"}`), 132018, "takes no flow"},
		{"products", "produtos", shelf(one), 0, ""},
		{"products missing", "produtos", "", 131008, "of type Mpm requires a parameter"},
		{"products without picture", "produtos", actionSent("mpm", `{"sections":[`+one+`]}`), 132018, "thumbnail_product_retailer_id"},
		{"products without section", "produtos", shelf(""), 132018, "1 to 10 sections"},
		{"section without products", "produtos", shelf(`{"title":"Bolos","product_items":[]}`), 132018, "without products"},
		{"one section without title", "produtos", shelf(`{"product_items":[` + products(1) + `]}`), 0, ""},
		{"two sections, one without title", "produtos", shelf(one + `,{"product_items":[` + products(1) + `]}`), 132018, "without title"},
		{"section of 25", "produtos", shelf(strings.Replace(one, "Bolos", strings.Repeat("x", 25), 1)), 132018, "longer than 24"},
		{"31 products", "produtos", shelf(`{"title":"Bolos","product_items":[` + products(31) + `]}`), 132018, "at most 30"},
		{"call", "ligue", "", 0, ""},
		{"call with a parameter", "ligue", buttonSent("voice_call", texts("x")), 132018, "is of type VoiceCall and does not support parameters"},

		{"code", "senha", body(texts("123456")) + "," + buttonSent("url", texts("123456")), 0, ""},
		{"code of 16", "senha", body(texts(strings.Repeat("1", 16))) + "," + buttonSent("url", texts("1")), 132018, "body: Parameter at index 0 exceeds the parameter length limit 15"},
		{"code of 16 in the button", "senha", body(texts("1")) + "," + buttonSent("url", texts(strings.Repeat("1", 16))), 132018, "exceeds the parameter length limit 15"},
		{"code copied", "senha", body(texts("1")) + "," + buttonSent("copy_code", `{"type":"coupon_code","coupon_code":"1"}`), 132018, "Button at index 0 must be of type Url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.send(templateBody(c.template, c.components))
			require.Equal(t, c.code, got.graphCode(), got.raw)
			if c.says != "" {
				details := got.body["error"].(map[string]any)["error_data"].(map[string]any)["details"]
				require.Contains(t, details, c.says)
			}
		})
	}
	w.settle()
}

func TestThePhoneShowsEveryKindOfTemplate(t *testing.T) {
	w := newWorld(t, withKindTemplates)
	for _, send := range []string{
		templateBody("vitrine", carouselSent(cardSent("1", "20", `,{"type":"button","sub_type":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"torta"}]}`), cardSent("0", "10", ""))),
		templateBody("oferta", offerSent(endsAt(offerEnds))),
		templateBody("visita", actionSent("flow", `{"flow_token":"t-1","flow_action_data":{"nome":"Ana"}}`)),
		templateBody("produtos", actionSent("mpm", `{"thumbnail_product_retailer_id":"p1","sections":[{"title":"Bolos","product_items":[{"product_retailer_id":"p1"}]}]}`)),
		templateBody("senha", body(texts("123456"))+","+buttonSent("url", texts("123456"))),
	} {
		answer := w.send(send)
		require.Equal(t, 200, answer.status, answer.raw)
	}
	w.settle()
	shown := w.sandbox.Sent(customer)
	require.Equal(t, "Oi Ana, veja:", shown[0].Text)
	picture := &Media{Link: "https://ex.com/a.png"}
	require.Equal(t, []Card{
		{HeaderFormat: "IMAGE", Text: "Bolo por 10", Media: picture, Buttons: []Button{
			{Type: "quick_reply", Text: "Quero este", Payload: "Quero este"}, {Type: "url", Text: "Ver", URL: "https://ex.com/p/10"}}},
		{HeaderFormat: "IMAGE", Text: "Torta por 20", Media: picture, Buttons: []Button{
			{Type: "quick_reply", Text: "Quero este", Payload: "torta"}, {Type: "url", Text: "Ver", URL: "https://ex.com/p/20"}}},
	}, shown[0].Cards)
	require.Equal(t, &OfferView{Text: "Só hoje!", Ends: time.UnixMilli(1796158800000).UTC()}, shown[1].Template.Offer)
	require.Equal(t, Button{Type: "copy_code", Text: "Copiar", Payload: "VOLTA10"}, shown[1].Buttons[0])
	require.Equal(t, []Button{{Type: "flow", Text: "Marcar", Payload: "t-1", Data: json.RawMessage(`{"nome":"Ana"}`), Form: &Form{Title: "Sua visita", Fields: []FormField{
		{Name: "dia", Label: "Dia", Kind: "date", Required: true},
		{Name: "hora", Label: "Horário", Kind: "choice", Options: []FormOption{{"h9", "9 h"}, {"h14", "14 h"}}},
		{Name: "loja", Label: "Loja", Kind: "text"}, {Name: "pessoas", Label: "Quantas pessoas?", Kind: "number"}, {Name: "aviso", Label: "Avise-me", Kind: "yes"},
	}}}}, shown[2].Buttons)
	require.Equal(t, []ShelfSection{{Title: "Bolos", Products: []string{"p1"}}}, shown[3].Buttons[0].Shelf)
	require.Equal(t, []Button{{Type: "otp", Text: "Copiar código", Payload: "123456"}}, shown[4].Buttons)
	require.Equal(t, "Este código expira em 10 minutos.", shown[4].Template.Footer)
}

func TestTheAnswersOfCardsAndFormsComeAsMetaSendsThem(t *testing.T) {
	w := newWorld(t, withKindTemplates)
	send := func(body string) string {
		answer := w.send(body)
		require.Equal(t, 200, answer.status, answer.raw)
		return answer.body["messages"].([]any)[0].(map[string]any)["id"].(string)
	}
	carousel := send(templateBody("vitrine", carouselSent(cardSent("0", "10", `,{"type":"button","sub_type":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"bolo"}]}`), cardSent("1", "20", ""))))
	form := send(templateBody("visita", actionSent("flow", `{"flow_token":"t-1"}`)))
	bare := send(templateBody("visita", `{"type":"button","sub_type":"flow","index":0}`))
	w.settle()
	write := func(in Incoming) map[string]any {
		before := len(w.callback.bodies)
		_, err := w.sandbox.Write(customer, in)
		require.NoError(t, err)
		w.settle()
		for _, raw := range w.callback.bodies[before:] {
			if strings.Contains(raw, `"messages":[`) {
				var hook struct {
					Entry []struct {
						Changes []struct {
							Value struct{ Messages []map[string]any }
						}
					}
				}
				require.NoError(t, json.Unmarshal([]byte(raw), &hook))
				return hook.Entry[0].Changes[0].Value.Messages[0]
			}
		}
		t.Fatal("no webhook came")
		return nil
	}
	tapped := write(Incoming{ButtonPayload: "bolo"})
	require.Equal(t, "button", tapped["type"])
	require.Equal(t, map[string]any{"payload": "bolo", "text": "Quero este"}, tapped["button"])
	require.Equal(t, carousel, tapped["context"].(map[string]any)["id"])
	require.Equal(t, map[string]any{"payload": "Quero este", "text": "Quero este"}, write(Incoming{ButtonText: "Quero este", ButtonPayload: "Quero este"})["button"], "the other card's")

	for id, token := range map[string]string{form: "t-1", bare: "unused"} {
		answered := write(Incoming{ReplyTo: id, FlowResponse: json.RawMessage(`{"dia":"2026-07-10"}`)})
		require.Equal(t, "interactive", answered["type"])
		require.Equal(t, id, answered["context"].(map[string]any)["id"])
		reply := answered["interactive"].(map[string]any)["nfm_reply"].(map[string]any)
		require.Equal(t, []any{"nfm_reply", "flow", "Sent"}, []any{answered["interactive"].(map[string]any)["type"], reply["name"], reply["body"]})
		require.JSONEq(t, `{"dia":"2026-07-10","flow_token":"`+token+`"}`, reply["response_json"].(string))
	}
	for field, in := range map[string]Incoming{
		"buttonPayload": {ButtonPayload: "t-1"}, "replyTo": {ReplyTo: carousel, FlowResponse: json.RawMessage(`{}`)}, "flowResponse": {ReplyTo: form, FlowResponse: json.RawMessage(`[]`)},
	} {
		_, err := w.sandbox.Write(customer, in)
		require.ErrorContains(t, err, field)
	}
}

func TestBadCarouselsAreRefusedWhenRegistered(t *testing.T) {
	w := newWorld(t)
	picture := TemplateComponent{Type: "HEADER", Format: "IMAGE"}
	card := func(components ...TemplateComponent) TemplateCard { return TemplateCard{Components: components} }
	film := TemplateComponent{Type: "header", Format: "video"}
	for field, cards := range map[string][]TemplateCard{
		"templates[0].components[0].cards":                       {card(picture)},
		"templates[0].components[0].cards[1]":                    {card(picture), card(film)},
		"templates[0].components[0].cards[0]":                    {card(TemplateComponent{Type: "HEADER", Format: "TEXT", Text: "x"}), card(picture)},
		"templates[0].components[0].cards[0].components[1].type": {card(picture, TemplateComponent{Type: "FOOTER"}), card(picture)},
	} {
		b := w.business()
		b.Templates = []Template{{Name: "x", Language: "pt_BR", Components: []TemplateComponent{{Type: "CAROUSEL", Cards: cards}}}}
		require.ErrorContains(t, w.sandbox.Register(b), "("+field+")", fmt.Sprint(cards))
	}
}
