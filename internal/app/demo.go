package app

import (
	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/provider/sandbox"
)

// demoTemplates are the three templates of the demonstration, as the store keeps them.
func demoTemplates() []chat.Template {
	return []chat.Template{
		{
			ExternalID: "1001", Name: "retomada_orcamento", Language: "pt_BR", Category: "MARKETING", Status: "APPROVED",
			BodyText: "Olá {{1}}! Vamos retomar o seu orçamento?", FooterText: "Responda SAIR para não receber mais",
			Buttons: []chat.TemplateButton{{Type: "QUICK_REPLY", Text: "Quero conversar"}, {Type: "QUICK_REPLY", Text: "Agora não"}},
		},
		{
			ExternalID: "1002", Name: "lembrete_compromisso", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED",
			BodyText: "Olá {{1}}, seu compromisso com {{2}} está confirmado para {{3}}. Local: {{4}}",
		},
		{
			ExternalID: "1003", Name: "boas_vindas", Language: "pt_BR", Category: "UTILITY", Status: "APPROVED", Named: true,
			HeaderType: "TEXT", HeaderText: "Bem-vindo à Loja Demonstração", BodyText: "Olá {{nome}}, que bom falar com você!",
		},
	}
}

// simulatedTemplates are the same three as the simulated WhatsApp holds them, in the provider's own form.
func simulatedTemplates() []sandbox.Template {
	var simulated []sandbox.Template
	for _, t := range demoTemplates() {
		one := sandbox.Template{ID: t.ExternalID, Name: t.Name, Language: t.Language, Status: t.Status, Category: t.Category, ParameterFormat: "POSITIONAL"}
		if t.Named {
			one.ParameterFormat = "NAMED"
		}
		if t.HeaderType != "" {
			one.Components = append(one.Components, sandbox.TemplateComponent{Type: "HEADER", Format: t.HeaderType, Text: t.HeaderText})
		}
		one.Components = append(one.Components, sandbox.TemplateComponent{Type: "BODY", Text: t.BodyText})
		if t.FooterText != "" {
			one.Components = append(one.Components, sandbox.TemplateComponent{Type: "FOOTER", Text: t.FooterText})
		}
		if len(t.Buttons) > 0 {
			buttons := sandbox.TemplateComponent{Type: "BUTTONS"}
			for _, b := range t.Buttons {
				buttons.Buttons = append(buttons.Buttons, sandbox.TemplateButton{Type: b.Type, Text: b.Text, URL: b.URL})
			}
			one.Components = append(one.Components, buttons)
		}
		simulated = append(simulated, one)
	}
	return simulated
}

// demoModel is the demonstration's follow-up model: one message at once, one a minute later, one a day later, and nothing
// after the customer has answered.
func demoModel(channelID string) followup.Model {
	offsets := []int{0, 1, 24 * 60}
	return followup.Model{
		Name: "Demonstração: orçamento enviado", ChannelID: channelID, OnReply: flows.ReplyStop,
		Messages: []followup.ModelMessage{
			{ID: "m1", Offset: &offsets[0], Text: "Olá {{ contact.first_name | default: \"tudo bem\" }}! Só passando para saber se você teve tempo de olhar o orçamento que enviei."},
			{ID: "m2", Offset: &offsets[1], Text: "Posso ajudar com alguma dúvida?"},
			{ID: "m3", Offset: &offsets[2], Text: "Ainda posso ajudar com o seu orçamento?", Template: &followup.ModelTemplate{
				Name: "retomada_orcamento", Variables: flows.Variables{List: []string{"{{ contact.first_name | default: \"cliente\" }}"}},
			}},
		},
	}
}
