package actions_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// FuzzFillTemplate: whatever the template and the values, a template is filled completely and fit to be sent, or refused
// with a text that is for people; and the same twice.
func FuzzFillTemplate(f *testing.F) {
	f.Add("TEXT", "Pedido {{1}}", "Chega {{2}}, {{1}}.", "https://exemplo.com/{{1}}", "77\x00Ana\x00amanhã\x0077", "", false)
	f.Add("TEXT", "Oi {{loja}}", "{{nome}}, seguimos com {{assunto}}?", "", "", "loja=Boa Vista\x00nome=Ana\x00assunto=x", true)
	f.Add("IMAGE", "", "Oi {{1}}", "", "https://exemplo.com/a.png\x00Ana", "", false)
	f.Add("TEXT", "{{1}}", "{{1}}", "{{1}}", "", "1=a\x00header.1=b\x00button.0=c", false)
	f.Add("", "", "{{99999999999999999999}} {{0}} {{00}} {{a}}", "", "1\x002\x003\x004", "", false)
	f.Add("VIDEO", "", "{{header}}{{button.0}}", "{{x}}", "a\nb\x00     \x00{{1}}", "header=x", true)
	f.Fuzz(func(t *testing.T, headerType, header, body, link, list, pairs string, named bool) {
		template := chat.Template{
			Name: "fuzz", Language: "pt_BR", Named: named, HeaderType: headerType, HeaderText: header, BodyText: body,
			Buttons: []chat.TemplateButton{{Type: "URL", URL: link}},
		}
		values, given := readValues(list, pairs)
		filled, preview, err := actions.FillTemplate(template, actions.Texts(given, values))
		again, _, errAgain := actions.FillTemplate(template, actions.Texts(given, values))
		require.Equal(t, err, errAgain)
		require.Equal(t, filled, again)
		if err != nil {
			require.Nil(t, filled)
			require.True(t, fault.Is(err, fault.TemplateParams), "%v", err)
			require.NotEmpty(t, fault.Of(err).Message)
			return
		}
		require.Equal(t, filled.Text, preview)
		require.Nil(t, actions.CheckFilled(template, *filled))
		require.Len(t, actions.VariablesOf(template), len(filled.Header)+len(filled.Body)+len(filled.Buttons))
		for _, parameter := range filled.Body {
			require.NotEmpty(t, strings.TrimSpace(parameter.Text))
			require.Contains(t, preview, parameter.Text, "the customer reads every value")
			require.Equal(t, named, parameter.Name != "")
		}
	})
}

func readValues(list, pairs string) ([]string, map[string]string) {
	if pairs == "" {
		return strings.Split(list, "\x00"), nil
	}
	given := map[string]string{}
	for pair := range strings.SplitSeq(pairs, "\x00") {
		name, value, _ := strings.Cut(pair, "=")
		given[name] = value
	}
	return nil, given
}
