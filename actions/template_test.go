package actions_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// positional has variables everywhere, and in its body not in the order of their numbers.
func positional() chat.Template {
	return chat.Template{
		Name: "entrega", Language: "pt_BR", Category: "UTILITY", HeaderType: "TEXT", HeaderText: "Pedido {{1}}",
		BodyText: "Chega {{2}}, {{1}}. Até {{2}}!", FooterText: "Ótica Boa Vista",
		Buttons: []chat.TemplateButton{
			{Type: "QUICK_REPLY", Text: "Ok"}, {Type: "URL", Text: "Site", URL: "https://exemplo.com"},
			{Type: "URL", Text: "Acompanhar", URL: "https://exemplo.com/p/{{1}}"},
		},
	}
}

func named() chat.Template {
	return chat.Template{
		Name: "retomada", Language: "pt_BR", Named: true, HeaderType: "TEXT", HeaderText: "Oi {{ loja }}",
		BodyText: "{{nome}}, seguimos com {{assunto}}?",
	}
}

// everyButton has a button of each kind that a link's template has not.
func everyButton() chat.Template {
	return chat.Template{
		Name: "visita", Language: "pt_BR", Category: "UTILITY", HeaderType: "LOCATION", BodyText: "Até {{1}}",
		Buttons: []chat.TemplateButton{
			{Type: "PHONE_NUMBER", Text: "Ligar", Phone: "+551140040001"}, {Type: "FLOW", Text: "Confirmar"}, {Type: "COPY_CODE", Text: "Copiar"},
			{Type: "CATALOG", Text: "Ver produtos"},
		},
	}
}

func carousel() chat.Template {
	card := chat.TemplatePart{HeaderType: "IMAGE", BodyText: "Por {{1}}", Buttons: []chat.TemplateButton{{Type: "QUICK_REPLY", Text: "Quero"}}}
	return chat.Template{
		Name: "vitrine", Language: "pt_BR", Category: "MARKETING", BodyText: "Oi {{1}}", Cards: []chat.TemplatePart{card, card},
		Offer: &chat.TemplateOffer{Text: "Só hoje", Expires: true},
	}
}

func oneTimeCode() chat.Template {
	return chat.Template{Name: "codigo", Language: "pt_BR", Category: "AUTHENTICATION", BodyText: "*{{1}}* é o seu código.", Buttons: []chat.TemplateButton{
		{Type: "URL", Text: "Copiar", URL: "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"},
	}}
}

func withMedia() chat.Template {
	return chat.Template{Name: "foto", Language: "pt_BR", HeaderType: "IMAGE", BodyText: "Oi {{1}}"}
}

// given puts a header's file beside texts.
func given(named map[string]string, list []string, media *chat.Media) actions.Given {
	values := actions.Texts(named, list)
	if media == nil {
		return values
	}
	if values.Named == nil {
		values.Named = map[string]actions.Value{}
	}
	values.Named["header"] = actions.Value{Media: media}
	return values
}

// names lists a template's variables as callers write them, optional ones in brackets.
func names(t chat.Template) []string {
	var found []string
	for _, variable := range actions.VariablesOf(t) {
		name := variable.Name + " " + string(variable.Kind)
		if variable.Optional {
			name = "[" + name + "]"
		}
		found = append(found, name)
	}
	return found
}

func TestVariablesOf(t *testing.T) {
	require.Equal(t, []string{"header.1 text", "1 text", "2 text", "[button.0 payload]", "button.2 suffix"}, names(positional()))
	require.Equal(t, []string{"header.loja text", "nome text", "assunto text"}, names(named()))
	require.Equal(t, []string{"header image", "1 text"}, names(withMedia()))
	require.Empty(t, names(chat.Template{BodyText: "Oi {{}} { {1} } {{a b}}", FooterText: "{{1}}"}))
	require.Equal(t, []string{"header location", "1 text", "[button.1 flow]", "button.2 code", "[button.3 products]"}, names(everyButton()))
	require.Equal(t, []string{"1 text", "offer time", "card.0.header image", "card.0.1 text", "[card.0.button.0 payload]", "card.1.header image",
		"card.1.1 text", "[card.1.button.0 payload]"}, names(carousel()))
	require.Equal(t, []string{"1 text"}, names(oneTimeCode()), "the button repeats the code by itself")

	var twelve []string
	for _, variable := range actions.VariablesOf(chat.Template{BodyText: "{{10}} {{2}} {{1}} {{12}}"}) {
		twelve = append(twelve, variable.Name)
	}
	require.Equal(t, []string{"1", "2", "10", "12"}, twelve, "by number and not by letter")
}

func TestFillTemplate(t *testing.T) {
	text := func(name, value string) chat.Parameter { return chat.Parameter{Name: name, Text: value} }
	media := &chat.Media{ID: "media-1"}
	cases := []struct {
		name     string
		template chat.Template
		named    map[string]string
		list     []string
		media    *chat.Media
		want     chat.FilledTemplate
	}{
		{
			name: "positional, by their numbers", template: positional(),
			named: map[string]string{"header.1": "77", "1": "Ana", "2": "amanhã", "button.2": "77?x=1"},
			want: chat.FilledTemplate{
				Name: "entrega", Language: "pt_BR", Category: "UTILITY", Text: "Pedido 77\n\nChega amanhã, Ana. Até amanhã!\n\nÓtica Boa Vista",
				Header: []chat.Parameter{text("", "77")}, Body: []chat.Parameter{text("", "Ana"), text("", "amanhã")},
				Buttons: []chat.ButtonParameter{{Index: 2, SubType: "url", Text: "77?x=1"}},
			},
		},
		{
			name: "positional, as a list: header, body, buttons", template: positional(), list: []string{"77", "Ana", "amanhã", "77?x=1"},
			want: chat.FilledTemplate{
				Name: "entrega", Language: "pt_BR", Category: "UTILITY", Text: "Pedido 77\n\nChega amanhã, Ana. Até amanhã!\n\nÓtica Boa Vista",
				Header: []chat.Parameter{text("", "77")}, Body: []chat.Parameter{text("", "Ana"), text("", "amanhã")},
				Buttons: []chat.ButtonParameter{{Index: 2, SubType: "url", Text: "77?x=1"}},
			},
		},
		{
			name: "named, the header's under its bare name", template: named(),
			named: map[string]string{"loja": "Boa Vista", "nome": "Ana", "assunto": "o orçamento"},
			want: chat.FilledTemplate{
				Name: "retomada", Language: "pt_BR", Text: "Oi Boa Vista\n\nAna, seguimos com o orçamento?",
				Header: []chat.Parameter{text("loja", "Boa Vista")}, Body: []chat.Parameter{text("nome", "Ana"), text("assunto", "o orçamento")},
			},
		},
		{
			name: "named, as a list", template: named(), list: []string{"Boa Vista", "Ana", "o orçamento"},
			want: chat.FilledTemplate{
				Name: "retomada", Language: "pt_BR", Text: "Oi Boa Vista\n\nAna, seguimos com o orçamento?",
				Header: []chat.Parameter{text("loja", "Boa Vista")}, Body: []chat.Parameter{text("nome", "Ana"), text("assunto", "o orçamento")},
			},
		},
		{
			name: "a media header by its link", template: withMedia(), named: map[string]string{"header": "https://exemplo.com/a.png", "1": "Ana"},
			want: chat.FilledTemplate{
				Name: "foto", Language: "pt_BR", Text: "Oi Ana", Body: []chat.Parameter{text("", "Ana")},
				Header: []chat.Parameter{{Type: chat.Image, Media: &chat.Media{Link: "https://exemplo.com/a.png"}}},
			},
		},
		{
			name: "a media header in the list", template: withMedia(), list: []string{"https://exemplo.com/a.png", "Ana"},
			want: chat.FilledTemplate{
				Name: "foto", Language: "pt_BR", Text: "Oi Ana", Body: []chat.Parameter{text("", "Ana")},
				Header: []chat.Parameter{{Type: chat.Image, Media: &chat.Media{Link: "https://exemplo.com/a.png"}}},
			},
		},
		{
			name: "a media header of its own, beside the list", template: withMedia(), list: []string{"Ana"}, media: media,
			want: chat.FilledTemplate{
				Name: "foto", Language: "pt_BR", Text: "Oi Ana", Body: []chat.Parameter{text("", "Ana")},
				Header: []chat.Parameter{{Type: chat.Image, Media: media}},
			},
		},
		{
			name: "nothing to fill", template: chat.Template{Name: "aviso", Language: "pt_BR", HeaderType: "TEXT", HeaderText: "Aviso", BodyText: "Estamos abertos."},
			want: chat.FilledTemplate{Name: "aviso", Language: "pt_BR", Text: "Aviso\n\nEstamos abertos."},
		},
		{
			name: "values are not templates themselves", template: chat.Template{Name: "a", BodyText: "{{1}} {{2}}"}, list: []string{"{{2}}", "$1"},
			want: chat.FilledTemplate{Name: "a", Text: "{{2}} $1", Body: []chat.Parameter{text("", "{{2}}"), text("", "$1")}},
		},
		{
			name: "four spaces in a row", template: withoutHeader(), list: []string{"a    b"},
			want: chat.FilledTemplate{Name: "oi", Text: "Oi a    b", Body: []chat.Parameter{text("", "a    b")}},
		},
		{
			name: "the longest body", template: withoutHeader(), list: []string{strings.Repeat("é", 1021)},
			want: chat.FilledTemplate{Name: "oi", Text: "Oi " + strings.Repeat("é", 1021), Body: []chat.Parameter{text("", strings.Repeat("é", 1021))}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			filled, preview, err := actions.FillTemplate(c.template, given(c.named, c.list, c.media))
			require.NoError(t, err)
			require.Equal(t, &c.want, filled)
			require.Equal(t, c.want.Text, preview)
			require.Nil(t, actions.CheckFilled(c.template, *filled))
		})
	}
}

func withoutHeader() chat.Template { return chat.Template{Name: "oi", BodyText: "Oi {{1}}"} }

func TestFillTemplateNamesWhatIsWrong(t *testing.T) {
	whole := func() map[string]string {
		return map[string]string{"header.1": "77", "1": "Ana", "2": "amanhã", "button.2": "77"}
	}
	with := func(name, value string) map[string]string {
		values := whole()
		values[name] = value
		return values
	}
	without := func(name string) map[string]string {
		values := whole()
		delete(values, name)
		return values
	}
	cases := []struct {
		name     string
		template chat.Template
		named    map[string]string
		list     []string
		media    *chat.Media
		says     string
	}{
		{"nothing at all", positional(), nil, nil, nil, `falta o valor da variável "header.1"`},
		{"the header's is missing", named(), map[string]string{"nome": "Ana", "assunto": "x"}, nil, nil, `falta o valor da variável "header.loja"`},
		{"the body's is missing", positional(), without("2"), nil, nil, `falta o valor da variável "2"`},
		{"the button's is missing", positional(), without("button.2"), nil, nil, `falta o valor da variável "button.2"`},
		{"a blank one is missing", positional(), with("1", " \u00a0 "), nil, nil, `falta o valor da variável "1"`},
		{"the media is missing", withMedia(), map[string]string{"1": "Ana"}, nil, nil, `falta o valor da variável "header"`},
		{"empty media", withMedia(), map[string]string{"1": "Ana"}, nil, &chat.Media{}, `falta o valor da variável "header"`},
		{"a list that is too short", positional(), nil, []string{"77", "Ana"}, nil, `falta o valor da variável "2"`},
		{"an empty list", withoutHeader(), nil, []string{}, nil, `falta o valor da variável "1"`},
		{"a list that is too long", positional(), nil, []string{"77", "Ana", "amanhã", "77", "demais"}, nil, "tem 4 variáveis, e vieram 5 valores"},
		{"a list with media that has its own place", withMedia(), nil, []string{"https://exemplo.com/a.png", "Ana"}, &chat.Media{ID: "1"}, "vieram 2 valores"},
		{"a name that it does not have", positional(), with("nome", "Ana"), nil, nil, `não tem a variável "nome"`},
		{"a button without a variable", positional(), with("button.1", "x"), nil, nil, `não tem a variável "button.1"`},
		{"the first of several unknown ones, always the same", withoutHeader(), map[string]string{"1": "a", "z": "a", "b": "a", "k": "a"}, nil, nil, `não tem a variável "b"`},
		{"one under both its names", named(), map[string]string{"loja": "a", "header.loja": "b", "nome": "Ana", "assunto": "x"}, nil, nil, `"header.loja" do template "retomada" veio duas vezes`},
		{"a new line", withoutHeader(), nil, []string{"a\nb"}, nil, `a variável "1" do template "oi" tem quebra de linha ou tabulação`},
		{"a carriage return", withoutHeader(), nil, []string{"a\rb"}, nil, "tem quebra de linha"},
		{"a tab", withoutHeader(), nil, []string{"a\tb"}, nil, "tem quebra de linha ou tabulação"},
		{"five spaces", withoutHeader(), nil, []string{"a     b"}, nil, "mais de quatro espaços seguidos"},
		{"a new line in the header", positional(), with("header.1", "7\n7"), nil, nil, `a variável "header.1"`},
		{"a new line in a link", positional(), with("button.2", "7\n7"), nil, nil, `a variável "button.2"`},
		{"a body that is too long", withoutHeader(), nil, []string{strings.Repeat("é", 1022)}, nil, "tem 1025 caracteres; o máximo é 1024"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			filled, preview, err := actions.FillTemplate(c.template, given(c.named, c.list, c.media))
			require.True(t, fault.Is(err, fault.TemplateParams), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.Nil(t, filled)
			require.Empty(t, preview)
		})
	}
}

// A header and a body may both have a {{1}}: each gets its own.
func TestABareNumberIsTheBodysWhereTheBodyHasIt(t *testing.T) {
	_, preview, err := actions.FillTemplate(chat.Template{HeaderType: "TEXT", HeaderText: "{{1}}", BodyText: "{{1}}"}, actions.Texts(map[string]string{"1": "corpo", "header.1": "cabeçalho"}, nil))
	require.NoError(t, err)
	require.Equal(t, "cabeçalho\n\ncorpo", preview)

	_, preview, err = actions.FillTemplate(chat.Template{HeaderType: "TEXT", HeaderText: "{{1}}", BodyText: "oi"}, actions.Texts(map[string]string{"1": "cabeçalho"}, nil))
	require.NoError(t, err)
	require.Equal(t, "cabeçalho\n\noi", preview)
}

func TestCheckFilledCountsEachPart(t *testing.T) {
	good := func() chat.FilledTemplate {
		filled, _, err := actions.FillTemplate(positional(), actions.Texts(nil, []string{"77", "Ana", "amanhã", "77"}))
		require.NoError(t, err)
		return *filled
	}
	for says, spoil := range map[string]func(*chat.FilledTemplate){
		"precisa de 1 valores em header, e tem 0": func(f *chat.FilledTemplate) { f.Header = nil },
		"precisa de 2 valores em body, e tem 1":   func(f *chat.FilledTemplate) { f.Body = f.Body[:1] },
		"precisa de 2 valores em body, e tem 3":   func(f *chat.FilledTemplate) { f.Body = append(f.Body, f.Body[0]) },
		"precisa de 1 valores em button, e tem 0": func(f *chat.FilledTemplate) { f.Buttons = nil },
		`a variável "button.2"`:                   func(f *chat.FilledTemplate) { f.Buttons[0].Text = "" },
		`a variável "2"`:                          func(f *chat.FilledTemplate) { f.Body[1].Text = "" },
	} {
		filled := good()
		spoil(&filled)
		problem := actions.CheckFilled(positional(), filled)
		require.NotNil(t, problem, says)
		require.Equal(t, fault.TemplateParams, problem.Code)
		require.Contains(t, problem.Message, says)
	}
	filled := good()
	filled.Buttons = append(filled.Buttons, chat.ButtonParameter{Index: 0, SubType: "quick_reply", Text: "ok"})
	require.Nil(t, actions.CheckFilled(positional(), filled), "what a quick reply sends back is no variable")
}
