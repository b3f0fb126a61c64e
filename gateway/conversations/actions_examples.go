package conversations

import "github.com/danielgtaylor/huma/v2"

// examples puts bodies into the document that readers can take as they are, by what they show.
func examples(bodies map[string]any) func(*huma.Operation) {
	return func(op *huma.Operation) {
		shown := make(map[string]*huma.Example, len(bodies))
		for name, body := range bodies {
			shown[name] = &huma.Example{Summary: name, Value: body}
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Examples: shown}}}
	}
}

// the ids of an example are replaced by its reader.
const (
	exampleSender  = "0197e5a0-0000-7000-8000-000000000001"
	exampleMessage = "0197e5a0-0000-7000-8000-000000000002"
)

type exampleBody map[string]any

// to completes a body for one receiver.
func (b exampleBody) to() exampleBody {
	b["senderId"], b["to"] = exampleSender, "+5511999990001"
	return b
}

func messageExamples() map[string]any {
	return map[string]any{
		"texto":    exampleBody{"message": "Olá!"}.to(),
		"anexo":    exampleBody{"message": "Segue a tabela", "attachment": exampleBody{"url": "https://exemplo.com/tabela.pdf", "fileName": "tabela.pdf"}}.to(),
		"citação":  exampleBody{"message": "Sobre isto:", "replyTo": exampleMessage}.to(),
		"reação":   exampleBody{"reaction": exampleBody{"messageId": exampleMessage, "emoji": "👍"}}.to(),
		"lugar":    exampleBody{"location": exampleBody{"latitude": -23.5614, "longitude": -46.6559, "name": "Loja", "address": "Av. Paulista, 1000"}}.to(),
		"contatos": exampleBody{"contacts": []any{exampleBody{"name": "Suporte", "phones": []any{exampleBody{"phone": "+5511999990002", "type": "WORK"}}}}}.to(),
		"botões":   exampleBody{"interactive": buttonsExample()}.to(),
		"lista":    exampleBody{"interactive": listExample()}.to(),
		"link":     exampleBody{"interactive": exampleBody{"body": "Seu pedido saiu.", "link": exampleBody{"title": "Acompanhar", "url": "https://exemplo.com/p/77"}}}.to(),
		"formulário": exampleBody{"interactive": exampleBody{"body": "Escolha o horário.", "flow": exampleBody{
			"id": "1234567890", "title": "Agendar", "screen": "INICIO", "data": exampleBody{"loja": "Centro"}}}}.to(),
		"pedir localização": exampleBody{"interactive": exampleBody{"body": "Onde você está?", "askLocation": true}}.to(),
	}
}

func buttonsExample() exampleBody {
	return exampleBody{
		"header": exampleBody{"text": "Orçamento 77"}, "body": "Podemos seguir?", "footer": "Ótica Boa Vista",
		"buttons": []any{exampleBody{"id": "sim_77", "title": "Sim"}, exampleBody{"id": "nao_77", "title": "Agora não"}},
	}
}

func listExample() exampleBody {
	return exampleBody{"body": "Qual horário prefere?", "list": exampleBody{"button": "Ver horários", "sections": []any{
		exampleBody{"title": "Manhã", "rows": []any{exampleBody{"id": "9h", "title": "9h", "description": "com a Dra. Lia"}}},
		exampleBody{"title": "Tarde", "rows": []any{exampleBody{"id": "14h", "title": "14h"}}},
	}}}
}

func templateExamples() map[string]any {
	return map[string]any{
		"posições": exampleBody{"templateName": "lembrete", "variables": exampleBody{"1": "Ana", "2": "amanhã às 10h"}}.to(),
		"nomes":    exampleBody{"templateName": "boas_vindas", "variables": exampleBody{"nome": "Ana"}}.to(),
		"cabeçalho com anexo e botões": exampleBody{"templateName": "entrega", "variables": exampleBody{
			"header": exampleBody{"url": "https://exemplo.com/foto.png"}, "1": "Ana", "button.0": "confirmo_77", "button.1": "pedido-77"}}.to(),
		"lugar, quantia e data": exampleBody{"templateName": "visita", "variables": exampleBody{
			"header": exampleBody{"latitude": -23.5614, "longitude": -46.6559, "name": "Loja", "address": "Av. Paulista, 1000"},
			"1":      exampleBody{"currency": "BRL", "amount": 10.5, "text": "R$ 10,50"}, "2": exampleBody{"date": true, "text": "1/12/2026"}}}.to(),
	}
}
