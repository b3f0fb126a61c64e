package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newParts are the parts of good templates of each kind, as a business creates them.
const (
	newBody    = `{"type":"body","text":"Olá {{1}}, veja isto aqui hoje.","example":{"body_text":[["Ana"]]}}`
	newPicture = `{"type":"header","format":"image","example":{"header_handle":["4::aW"]}}`
	newOffer   = `{"type":"limited_time_offer","limited_time_offer":{"text":"Só hoje!","has_expiration":true}}`
	newCoupon  = `{"type":"copy_code","example":"VOLTA10"}`
	newLink    = `{"type":"url","text":"Ver","url":"https://ex.com/{{1}}","example":["https://ex.com/a"]}`
	newReply   = `{"type":"quick_reply","text":"Quero"}`
	newForm    = `{"type":"flow","text":"Marcar","flow_id":"99","flow_action":"navigate","navigate_screen":"DIA"}`
)

func newButtons(list ...string) string {
	return `{"type":"buttons","buttons":[` + strings.Join(list, ",") + `]}`
}

func newCard(components ...string) string {
	return `{"components":[` + strings.Join(components, ",") + `]}`
}

func newCarousel(cards ...string) string {
	return `{"type":"carousel","cards":[` + strings.Join(cards, ",") + `]}`
}

func creation(category string, components ...string) string {
	return fmt.Sprintf(`{"name":"n","language":"pt_BR","category":%q,"components":[%s]}`, category, strings.Join(components, ","))
}

func TestMetasChecksOfEveryKindOfTemplate(t *testing.T) {
	w := newWorld(t)
	text := func(words string) string { return `{"type":"body","text":"` + words + `"}` }
	card := newCard(newPicture, text("Bolo"), newButtons(newReply, newLink))
	offer := func(buttons ...string) string {
		return creation("MARKETING", newPicture, newOffer, newBody, newButtons(buttons...))
	}
	form := func(keys string) string {
		return creation("UTILITY", newBody, newButtons(`{"type":"FLOW","text":"Marcar"`+keys+`}`))
	}
	code := func(keys string) string {
		return creation("AUTHENTICATION", `{"type":"BODY"}`, newButtons(`{"type":"OTP"`+keys+`}`))
	}
	app := `{"package_name":"br.loja","signature_hash":"12345678901"}`
	for _, c := range []struct {
		name, document, says string
	}{
		{"one card", creation("MARKETING", newBody, newCarousel(card)), "from 2 to 10 items"},
		{"eleven cards", creation("MARKETING", newBody, newCarousel(strings.Split(strings.Repeat(card+"|", 10)+card, "|")...)), "from 2 to 10 items"},
		{"carousel for utility", creation("UTILITY", newBody, newCarousel(card, card)), "only for the category MARKETING"},
		{"carousel with a footer", creation("MARKETING", newBody, `{"type":"FOOTER","text":"Loja"}`, newCarousel(card, card)), "takes no FOOTER"},
		{"carousel with an offer", creation("MARKETING", newBody, newOffer, newCarousel(card, card)), "takes no LIMITED_TIME_OFFER"},
		{"carousel without body", creation("MARKETING", newCarousel(card, card)), "BODY is required"},
		{"card without picture", creation("MARKETING", newBody, newCarousel(newCard(text("Bolo")), newCard(text("Bolo")))), "needs a component of type HEADER"},
		{"card with a document", creation("MARKETING", newBody, newCarousel(newCard(strings.Replace(newPicture, "image", "document", 1)), card)), "IMAGE or VIDEO"},
		{"card without example", creation("MARKETING", newBody, newCarousel(newCard(`{"type":"HEADER","format":"IMAGE"}`), card)), "header_handle"},
		{"card with a footer", creation("MARKETING", newBody, newCarousel(newCard(newPicture, `{"type":"FOOTER","text":"x"}`), card)), "one of {HEADER, BODY, BUTTONS}"},
		{"card with two bodies", creation("MARKETING", newBody, newCarousel(newCard(newPicture, text("a"), text("b")), card)), "BODY twice"},
		{"card of 161", creation("MARKETING", newBody, newCarousel(newCard(newPicture, text(strings.Repeat("x", 161))), card)), "the limit is 160"},
		{"card with three buttons", creation("MARKETING", newBody, newCarousel(newCard(newPicture, newButtons(newReply, newReply, newReply)), card)), "at most 2 buttons"},
		{"card with a form", creation("MARKETING", newBody, newCarousel(newCard(newPicture, newButtons(newForm)), card)), "a card takes only buttons of type"},
		{"cards with other buttons", creation("MARKETING", newBody, newCarousel(card, newCard(newPicture, text("Torta"), newButtons(newLink, newReply)))), "all cards must have the same components"},
		{"cards with and without text", creation("MARKETING", newBody, newCarousel(card, newCard(newPicture, newButtons(newReply, newLink)))), "all cards must have the same components"},
		{"cards with picture and film", creation("MARKETING", newBody, newCarousel(card, strings.Replace(card, "image", "video", 1))), "all cards must have the same components"},
		{"card's variable without example", creation("MARKETING", newBody, newCarousel(newCard(newPicture, text("Por {{1}}")), card)), "needs an example"},

		{"offer for utility", creation("UTILITY", newOffer, newBody, newButtons(newCoupon)), "only for the category MARKETING"},
		{"offer with a footer", creation("MARKETING", newOffer, newBody, `{"type":"FOOTER","text":"Loja"}`, newButtons(newCoupon)), "takes no FOOTER"},
		{"offer with a text header", creation("MARKETING", `{"type":"HEADER","format":"TEXT","text":"Oi"}`, newOffer, newBody, newButtons(newCoupon)), "IMAGE or VIDEO"},
		{"offer without text", creation("MARKETING", `{"type":"LIMITED_TIME_OFFER","limited_time_offer":{}}`, newBody), "is required"},
		{"offer without object", creation("MARKETING", `{"type":"LIMITED_TIME_OFFER"}`, newBody), "is required"},
		{"offer of 17", creation("MARKETING", strings.Replace(newOffer, "Só hoje!", strings.Repeat("x", 17), 1), newBody, newButtons(newCoupon)), "the limit is 16"},
		{"offer's body of 601", creation("MARKETING", newOffer, text(strings.Repeat("x", 601)), newButtons(newCoupon)), "the limit is 600"},
		{"expiring offer without code", offer(newLink), "needs a COPY_CODE button"},
		{"offer's code in second place", offer(newLink, newCoupon), "must be the first"},
		{"offer's code of 16", offer(strings.Replace(newCoupon, "VOLTA10", strings.Repeat("V", 16), 1)), "at most 15 characters"},
		{"offer with a reply", offer(newCoupon, newReply), "takes only buttons of type {COPY_CODE, URL}"},

		{"coupon without example", creation("MARKETING", newBody, newButtons(`{"type":"COPY_CODE"}`)), "['example'] is required"},
		{"coupon of 21", creation("MARKETING", newBody, newButtons(`{"type":"COPY_CODE","example":["`+strings.Repeat("V", 21)+`"]}`)), "at most 20 characters"},

		{"form of nothing", form(``), "exactly one of flow_id, flow_name and flow_json"},
		{"form of two", form(`,"flow_id":1,"flow_name":"visita"`), "exactly one of flow_id, flow_name and flow_json"},
		{"form with an unknown action", form(`,"flow_id":1,"flow_action":"open"`), "NAVIGATE, DATA_EXCHANGE"},
		{"form whose first screen the server gives", form(`,"flow_id":1,"flow_action":"data_exchange","navigate_screen":"DIA"`), "only for flow_action NAVIGATE"},
		{"form that is not JSON", form(`,"flow_json":"{"`), "not valid JSON"},
		{"form without that screen", form(`,"flow_json":"{\"screens\":[{\"id\":\"DIA\"}]}","navigate_screen":"HORA"`), "not a screen"},
		{"two forms", creation("UTILITY", newBody, newButtons(newForm, newForm)), "at most 1 buttons of type FLOW"},
		{"form of 26", creation("UTILITY", newBody, newButtons(strings.Replace(newForm, "Marcar", strings.Repeat("x", 26), 1))), "the limit is 25"},

		{"catalogue beside a reply", creation("MARKETING", newBody, newButtons(newReply, `{"type":"CATALOG","text":"Ver"}`)), "must be the only one"},
		{"catalogue under a picture", creation("MARKETING", newPicture, newBody, newButtons(`{"type":"CATALOG","text":"Ver"}`)), "takes no HEADER"},
		{"products without text", creation("MARKETING", newBody, newButtons(`{"type":"MPM"}`)), "['text'] is required"},
		{"two calls", creation("UTILITY", newBody, newButtons(`{"type":"VOICE_CALL","text":"Ligar"}`, `{"type":"VOICE_CALL","text":"Ligar"}`)), "at most 1 buttons of type VOICE_CALL"},
		{"order details", creation("UTILITY", newBody, newButtons(`{"type":"ORDER_DETAILS","text":"Pagar"}`)), "got ORDER_DETAILS"},

		{"code without kind", code(``), "COPY_CODE, ONE_TAP, ZERO_TAP"},
		{"one tap without app", code(`,"otp_type":"ONE_TAP"`), "supported_apps"},
		{"one tap with a short signature", code(`,"otp_type":"ONE_TAP","supported_apps":[{"package_name":"br.loja","signature_hash":"1"}]`), "11 characters"},
		{"zero tap without terms", code(`,"otp_type":"ZERO_TAP","supported_apps":[` + app + `]`), "zero_tap_terms_accepted"},
		{"code for marketing", creation("MARKETING", newBody, newButtons(`{"type":"OTP","otp_type":"COPY_CODE"}`)), "only for the category AUTHENTICATION"},
		{"code with a header", creation("AUTHENTICATION", newPicture, `{"type":"BODY"}`, newButtons(`{"type":"OTP","otp_type":"COPY_CODE"}`)), "takes no HEADER"},
		{"code with a reply", creation("AUTHENTICATION", `{"type":"BODY"}`, newButtons(newReply)), "one button of type OTP"},
		{"code with a worded footer", creation("AUTHENTICATION", `{"type":"BODY"}`, `{"type":"FOOTER","text":"Loja"}`, newButtons(`{"type":"OTP","otp_type":"COPY_CODE"}`)), "code_expiration_minutes"},
		{"code for 91 minutes", creation("AUTHENTICATION", `{"type":"BODY"}`, `{"type":"FOOTER","code_expiration_minutes":91}`, newButtons(`{"type":"OTP","otp_type":"COPY_CODE"}`)), "from 1 to 90"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.createTemplate(c.document)
			require.Equal(t, 400, got.status, got.raw)
			require.Equal(t, 100, got.graphCode())
			require.Contains(t, got.raw, c.says)
		})
	}
}

func TestEveryKindOfTemplateIsCreatedListedAndSent(t *testing.T) {
	w := frozen(t)
	card := newCard(newPicture, `{"type":"body","text":"Por {{1}}","example":{"body_text":[["R$ 10"]]}}`, newButtons(newReply, newLink))
	one := `{"type":"button","sub_type":"url","index":1,"parameters":[` + texts("a") + `]}`
	coupon := `{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"VOLTA10"}]}`
	for name, c := range map[string]struct{ document, components string }{
		"vitrine": {creation("MARKETING", newBody, newCarousel(card, card)), carouselSent(cardSent("0", "1", ""), cardSent("1", "2", ""))},
		"oferta":  {creation("MARKETING", newPicture, newOffer, newBody, newButtons(newCoupon, newLink)), headerImage + "," + body(texts("Ana")) + `,{"type":"limited_time_offer","parameters":[` + endsAt(offerEnds) + `]},` + coupon + "," + one},
		"cupom":   {creation("MARKETING", newBody, newButtons(newCoupon, newReply)), body(texts("Ana")) + "," + coupon},
		"visita":  {creation("UTILITY", newBody, newButtons(newForm)), body(texts("Ana")) + "," + actionSent("flow", `{"flow_token":"t"}`)},
		"produto": {creation("MARKETING", newBody, newButtons(`{"type":"mpm","text":"Ver"}`)), body(texts("Ana")) + "," + actionSent("mpm", `{"thumbnail_product_retailer_id":"p","sections":[{"title":"a","product_items":[{"product_retailer_id":"p"}]}]}`)},
		"senha": {creation("AUTHENTICATION", `{"type":"BODY","add_security_recommendation":true}`, `{"type":"FOOTER","code_expiration_minutes":5}`, newButtons(`{"type":"OTP","otp_type":"zero_tap","zero_tap_terms_accepted":true,"supported_apps":[{"package_name":"br.loja","signature_hash":"12345678901"}]}`)),
			body(texts("1234")) + "," + buttonSent("url", texts("1234"))},
	} {
		created := w.createTemplate(strings.Replace(c.document, `"name":"n"`, `"name":"`+name+`"`, 1))
		require.Equal(t, 200, created.status, created.raw)
		w.advance(reviewTime + syncTime)
		sent := w.send(templateBody(name, c.components))
		require.Equal(t, 200, sent.status, "%s: %s", name, sent.raw)
	}
	listed := w.call("GET", "/graph/v23.0/"+waba+"/message_templates?name=vitrine", token, "")
	require.Contains(t, listed.raw, `"type":"CAROUSEL","cards":[{"components":[{"type":"HEADER","format":"IMAGE"`)
	listed = w.call("GET", "/graph/v23.0/"+waba+"/message_templates?name=oferta", token, "")
	require.Contains(t, listed.raw, `"limited_time_offer":{"text":"Só hoje!","has_expiration":true}`)
	listed = w.call("GET", "/graph/v23.0/"+waba+"/message_templates?name=visita", token, "")
	require.Contains(t, listed.raw, `"flow_id":"99","flow_action":"navigate","navigate_screen":"DIA"`)
}
