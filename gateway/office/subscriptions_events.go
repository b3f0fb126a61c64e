package office

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/desk"
)

// eventDescription is what the document says of an outgoing event.
type eventDescription struct {
	summary string
	shape   reflect.Type
}

// describedEvents has an entry for each event that a subscription can be told.
func describedEvents() map[string]eventDescription {
	followUp := reflect.TypeFor[desk.Told[desk.FollowUpTold]]()
	run := reflect.TypeFor[desk.Told[desk.RunTold]]()
	notification := reflect.TypeFor[desk.Told[desk.NotificationTold]]()
	return map[string]eventDescription{
		"message.received":     {"Um cliente escreveu", reflect.TypeFor[desk.Told[desk.MessageTold]]()},
		"conversation.started": {"A primeira mensagem de um cliente em um canal", reflect.TypeFor[desk.Told[desk.ConversationTold]]()},
		"message.status":       {"Uma mensagem nossa chegou a um estado; cada estado é contado uma vez, e nenhum anda para trás", reflect.TypeFor[desk.Told[desk.StatusTold]]()},
		"followup.scheduled":   {"Um follow-up foi marcado, ou mudou de horário (revision cresce), ou voltou à fila", followUp},
		"followup.sent":        {"O provedor aceitou a mensagem de um follow-up", followUp},
		"followup.failed":      {"Um follow-up falhou; também depois de enviado, quando o provedor o diz antes da entrega", followUp},
		"followup.cancelled":   {"Um follow-up foi cancelado; cancelReason diz por quê", followUp},
		"followup.responded":   {"O cliente respondeu: antes do envio (status RESPONDED) ou depois (status SENT, com respondedAt)", followUp},
		"run.finished":         {"Uma execução terminou: chegou ao fim (finished) ou foi encerrada de fora (stopped)", run},
		"run.failed":           {"Uma execução não pôde continuar", run},
		"sender.offline":       {"Um canal parou de enviar", notification},
		"template.paused":      {"O provedor pausou ou desativou um template", notification},
		"command.unknown":      {"Um comando do Typebot que é para outra caixa de entrada, como queueId", reflect.TypeFor[desk.Told[desk.CommandTold]]()},
		"command.refused":      {"Um comando de um fluxo não foi executado; reason diz por quê", reflect.TypeFor[desk.Told[desk.RefusedTold]]()},
		"optin":                {"Um contato que não queria mensagens voltou a querer", reflect.TypeFor[desk.Told[desk.OptInTold]]()},
		"optout":               {"Um contato não quer mais mensagens", reflect.TypeFor[desk.Told[desk.OptOutTold]]()},
		"contact.merged":       {"Dois contatos eram a mesma pessoa e viraram um", reflect.TypeFor[desk.Told[desk.MergedTold]]()},
		desk.Ping:              {"O teste de uma assinatura", reflect.TypeFor[desk.Told[desk.PingTold]]()},
	}
}

// DescribeEvents puts what subscriptions are told into the document's section of webhooks.
func DescribeEvents(document *huma.OpenAPI) {
	document.Webhooks = map[string]*huma.PathItem{}
	described := describedEvents()
	for _, name := range slices.Sorted(maps.Keys(described)) {
		event := described[name]
		schema := document.Components.Schemas.Schema(event.shape, true, "Told"+event.shape.Name())
		document.Webhooks[name] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "event-" + strings.ReplaceAll(name, ".", "-"), Summary: event.summary, Tags: []string{"eventos enviados"},
			Description: "POST assinado (Standard Webhooks) a cada assinatura que o pede: pelo menos uma vez, com o mesmo webhook-id em cada tentativa; a ordem não é garantida, sequence a diz.",
			Parameters: []*huma.Param{
				header("webhook-id", "o id do evento: quem já o viu pode ignorar a repetição"),
				header("webhook-timestamp", "quando esta tentativa foi feita, em segundos"),
				header("webhook-signature", "v1,... (HMAC-SHA256 de id.timestamp.corpo); duas, separadas por espaço, enquanto o segredo é trocado"),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}},
			Responses: map[string]*huma.Response{
				"2XX": {Description: "Recebido. Responda em até 15 segundos; o corpo da resposta é ignorado."},
				"410": {Description: "Não envie mais: a assinatura é desligada."},
				"429": {Description: "Mais devagar: Retry-After é respeitado."},
			},
		}}
	}
}

func header(name, text string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Required: true, Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
}
