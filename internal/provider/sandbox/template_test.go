package sandbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	headerImage  = `{"type":"header","parameters":[{"type":"image","image":{"link":"https://ex.com/a.png"}}]}`
	namedBody    = `{"type":"body","parameters":[{"type":"text","parameter_name":"nome","text":"Ana"},{"type":"text","parameter_name":"assunto","text":"o orçamento"}]}`
	urlButton    = `{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"abc123"}]}`
	quickReply   = `{"type":"button","sub_type":"quick_reply","index":0,"parameters":[{"type":"payload","payload":"sim_42"}]}`
	goodRetomada = headerImage + "," + namedBody + "," + urlButton
)

func templateBody(name, components string) string {
	return `{"messaging_product":"whatsapp","to":"5511999990001","type":"template","biz_opaque_callback_data":"job:42",` +
		`"template":{"name":"` + name + `","language":{"code":"pt_BR"},"components":[` + components + `]}}`
}

// moreTemplates are cases the recorded page does not have.
func moreTemplates() []Template {
	body := func(text string) TemplateComponent { return TemplateComponent{Type: "BODY", Text: text} }
	return []Template{
		{Name: "simples", Language: "pt_BR", Category: "UTILITY", Components: []TemplateComponent{body("Olá!")}},
		{Name: "pedido", Language: "pt_BR", Category: "UTILITY", Components: []TemplateComponent{
			{Type: "HEADER", Format: "TEXT", Text: "Pedido {{1}}"}, body("{{2}}, seu pedido de {{1}} saiu. {{1}}")}},
		{Name: "codigo", Language: "pt_BR", Category: "AUTHENTICATION", Components: []TemplateComponent{body("{{1}} é o seu código."),
			{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "OTP", Text: "Copiar"}}}}},
		{Name: "cupom", Language: "pt_BR", Components: []TemplateComponent{body("Aproveite"),
			{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "COPY_CODE", Text: "Copiar"}, {Type: "URL", Text: "Loja", URL: "https://ex.com"}, {Type: "PHONE_NUMBER", Text: "Ligar", PhoneNumber: "+551140040001"}}}}},
		{Name: "parado", Language: "pt_BR", Status: "DISABLED", Components: []TemplateComponent{body("x")}},
		{Name: "dez", Language: "pt_BR", Components: []TemplateComponent{body("{{10}} {{9}} {{8}} {{7}} {{6}} {{5}} {{4}} {{3}} {{2}} {{1}}")}},
	}
}

func withMoreTemplates(o *Options) {
	o.Businesses[0].Templates = append(o.Businesses[0].Templates, moreTemplates()...)
}

func texts(values ...string) string {
	var list []string
	for _, v := range values {
		list = append(list, `{"type":"text","text":"`+v+`"}`)
	}
	return strings.Join(list, ",")
}

func body(parameters string) string { return `{"type":"body","parameters":[` + parameters + `]}` }

func TestTemplatesAreComparedWithTheirDefinition(t *testing.T) {
	w := newWorld(t, withMoreTemplates)
	one := `{"type":"text","parameter_name":"nome","text":"Ana"}`
	named := func(list string) string { return headerImage + "," + body(list) + "," + urlButton }
	cases := []struct {
		name, template, components string
		code                       int
	}{
		{"all right", "retomada", goodRetomada, 0},
		{"with a quick reply's payload", "retomada", goodRetomada + "," + quickReply, 0},
		{"named in another order", "retomada", named(`{"type":"text","parameter_name":"assunto","text":"x"},` + one), 0},
		{"unknown name", "nenhum", "", 132001},
		{"rejected", "rejeitado", "", 132001},
		{"disabled", "parado", "", 132016},
		{"paused", "aviso", body(texts("1", "2")), 132015},
		{"paused with a wrong count", "aviso", body(texts("1")), 132000},
		{"one of two", "retomada", named(one), 132000},
		{"three of two", "retomada", named(one + "," + one + "," + one), 132000},
		{"no body", "retomada", headerImage + "," + urlButton, 132000},
		{"names missing", "retomada", named(texts("Ana", "x")), 132012},
		{"unknown parameter", "retomada", named(one + `,{"type":"text","parameter_name":"tema","text":"x"}`), 132012},
		{"the same name twice", "retomada", named(one + "," + one), 132012},
		{"name on a positional template", "pedido", `{"type":"header","parameters":[{"type":"text","parameter_name":"1","text":"x"}]},` + body(texts("a", "b")), 132012},
		{"new line", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", `b\nc`)), 132018},
		{"tab", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", `b\tc`)), 132018},
		{"five spaces", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", "b     c")), 132018},
		{"four spaces", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", "b    c")), 0},
		{"empty", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", "")), 132018},
		{"too long", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a", strings.Repeat("x", 1024))), 132005},
		{"text header missing", "pedido", body(texts("a", "b")), 132000},
		{"not a text", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a")+`,{"type":"image","image":{"link":"https://ex.com/a.png"}}`), 132012},
		{"currency", "pedido", `{"type":"header","parameters":[` + texts("1") + `]},` + body(texts("a")+`,{"type":"currency","currency":{"fallback_value":"R$ 10","code":"BRL","amount_1000":10000}}`), 0},
		{"header that is not there", "simples", headerImage, 132018},
		{"nothing to fill", "simples", "", 0},
		{"parameters for none", "simples", body(texts("a")), 132000},
		{"image header missing", "retomada", namedBody + "," + urlButton, 132012},
		{"image header with a video", "retomada", `{"type":"header","parameters":[{"type":"video","video":{"link":"https://ex.com/a.mp4"}}]},` + namedBody + "," + urlButton, 132012},
		{"image without link", "retomada", `{"type":"header","parameters":[{"type":"image","image":{}}]},` + namedBody + "," + urlButton, 100},
		{"link variable missing", "retomada", headerImage + "," + namedBody, 131008},
		{"wrong kind of button", "retomada", headerImage + "," + namedBody + `,{"type":"button","sub_type":"quick_reply","index":1,"parameters":[{"type":"payload","payload":"x"}]}`, 132018},
		{"button twice", "retomada", goodRetomada + "," + urlButton, 132018},
		{"button that is not there", "retomada", goodRetomada + `,{"type":"button","sub_type":"url","index":"2","parameters":[` + texts("x") + `]}`, 132018},
		{"button without index", "retomada", goodRetomada + `,{"type":"button","sub_type":"url","parameters":[` + texts("x") + `]}`, 132018},
		{"one-time code", "codigo", body(texts("123")) + `,{"type":"button","sub_type":"url","index":"0","parameters":[` + texts("123") + `]}`, 0},
		{"one-time code without button", "codigo", body(texts("123")), 132018},
		{"coupon", "cupom", `{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"VOLTA10"}]}`, 0},
		{"coupon missing", "cupom", "", 132018},
		{"parameter for a static link", "cupom", `{"type":"button","sub_type":"copy_code","index":0,"parameters":[{"type":"coupon_code","coupon_code":"V"}]},` +
			`{"type":"button","sub_type":"url","index":1,"parameters":[` + texts("x") + `]}`, 132018},
		{"unknown component", "simples", `{"type":"footer","parameters":[]}`, 100},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := w.send(templateBody(c.template, c.components))
			require.Equal(t, c.code, got.graphCode(), got.raw)
		})
	}
	w.settle()
}

func TestTemplateRefusalsHaveMetasWords(t *testing.T) {
	w := newWorld(t)
	requireRecorded(t, "err_132000_param_count.json", w.send(templateBody("retomada", headerImage+","+body(`{"type":"text","parameter_name":"nome","text":"Ana"}`))))
	requireRecorded(t, "err_132012_param_format.json", w.send(templateBody("retomada", namedBody)))
	missing := strings.Replace(templateBody("retomada", goodRetomada), "pt_BR", "en_US", 1)
	got := w.send(missing)
	require.Contains(t, got.raw, "template name (retomada) does not exist in en_US")
	got.body["error"].(map[string]any)["error_data"].(map[string]any)["details"] = "template name (retomada) does not exist in pt_BR"
	requireRecorded(t, "err_132001_missing_translation.json", got)
}

func TestThePhoneShowsATemplateFilled(t *testing.T) {
	w := newWorld(t, withMoreTemplates)
	require.Equal(t, 200, w.send(templateBody("retomada", goodRetomada+","+quickReply)).status)
	require.Equal(t, 200, w.send(templateBody("pedido", `{"type":"header","parameters":[`+texts("42")+`]},`+body(texts("segunda", "Ana")))).status)
	require.Equal(t, 200, w.send(templateBody("dez", body(texts("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")))).status)
	w.settle()
	shown := w.sandbox.Sent("+55 (11) 99999-0001")
	require.Equal(t, TemplateView{Name: "retomada", Language: "pt_BR", Category: "MARKETING", HeaderFormat: "IMAGE", Body: "Oi Ana, seguimos com o orçamento?",
		Footer: "Responda SAIR para parar"}, *shown[0].Template)
	require.Equal(t, "https://ex.com/a.png", shown[0].Media.Link)
	require.Equal(t, []Button{{Type: "quick_reply", Text: "Sim", Payload: "sim_42"}, {Type: "url", Text: "Ver", URL: "https://ex.com/abc123"}}, shown[0].Buttons)
	require.Equal(t, "job:42", shown[0].Tracker)
	require.Equal(t, "Pedido 42", shown[1].Template.Header)
	require.Equal(t, "Ana, seu pedido de segunda saiu. segunda", shown[1].Text, "positional parameters go by number, not by place")
	require.Equal(t, "j i h g f e d c b a", shown[2].Text, "{{10}} comes after {{9}}")
}

func TestBadTemplatesAreRefusedWhenRegistered(t *testing.T) {
	w := newWorld(t)
	for field, template := range map[string]Template{
		"templates[0].name":               {Language: "pt_BR"},
		"templates[0].language":           {Name: "x"},
		"templates[0].parameter_format":   {Name: "x", Language: "pt_BR", ParameterFormat: "MIXED"},
		"templates[0].components[0].type": {Name: "x", Language: "pt_BR", Components: []TemplateComponent{{Type: "TAIL"}}},
	} {
		b := w.business()
		b.Templates = []Template{template}
		require.ErrorContains(t, w.sandbox.Register(b), field)
	}
}
