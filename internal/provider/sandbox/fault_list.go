package sandbox

// Names of the faults that decisions ask for. Those that only refuse a send stand in [refusalFaults].
const (
	faultLatency       = "latencyMs"
	faultOutage        = "outage"
	faultRetryAfter    = "retryAfter"
	faultTokenExpired  = "tokenExpired"
	faultNoPermission  = "permissionMissing"
	faultResetMidBody  = "resetMidBody"
	faultSlowBytes     = "slowBytes"
	faultHTMLError     = "htmlError"
	faultNextError     = "nextError"
	faultFailedStatus  = "nextFailedStatus"
	faultAcceptTimeout = "acceptThenTimeout"
	faultStatusFirst   = "statusBeforeAnswer"
	faultAsync         = "asyncErrors"
	faultNoReceipts    = "noReadReceipts"
	faultSkipDelivered = "skipDelivered"
	faultSlowDelivery  = "slowDelivery"
	faultDuplicate     = "duplicateWebhooks"
	faultDrop          = "dropWebhooks"
	faultShuffle       = "shuffleStatuses"
	faultDelay         = "delayWebhooks"
	faultReorder       = "reorderWebhooks"
	faultBatch         = "batchWebhooks"
	faultBroken        = "brokenItems"
	faultHuge          = "hugeWebhooks"
	faultWrongSecret   = "wrongSecret"
	faultUnsubscribe   = "subscriptionDisabled"
	faultMediaExpired  = "mediaExpired"
	faultMediaCorrupt  = "mediaCorrupt"
	faultUploadFails   = "uploadFails"
	faultLinkFails     = "linkUnreachable"
	faultSyncing       = "templateSyncing"
	faultHeld          = "templateHeld"
	faultRejected      = "templateRejected"
)

// longestMs bounds what a request may be held up for; longestWait what a plan may be put off, in seconds.
const (
	longestMs   = 600_000
	longestWait = 7 * 24 * 3600
)

// FaultKinds lists every fault there is, by the stage at which it strikes: answers, sends, statuses, webhooks, files, templates.
func FaultKinds() []FaultKind {
	kinds := answerFaults()
	for _, r := range refusalFaults {
		kinds = append(kinds, r.kind())
	}
	kinds = append(kinds, statusFaults()...)
	kinds = append(kinds, webhookFaults()...)
	return append(kinds, contentFaults()...)
}

func answerFaults() []FaultKind {
	return []FaultKind{
		{faultLatency, "Toda resposta da API demora, em tempo real.", []FaultParameter{amount("ms", "milissegundos", 300, 0, longestMs)}},
		{faultOutage, "A API está fora do ar: nada acontece, e a resposta não é JSON ou não vem.", []FaultParameter{
			oneOf("kind", "página 503, página 502 ou conexão cortada", "unavailable", "badGateway", "cut")}},
		{faultRetryAfter, "A API responde que houve pedidos demais, com o cabeçalho Retry-After.", []FaultParameter{
			amount("seconds", "segundos a esperar", 30, 0, longestWait), oneOf("code", "código", 80007.0, 4.0, 613.0, 130429.0),
			oneOf("status", "status HTTP", 429.0, 400.0, 403.0), onOff("json", "corpo em JSON, e não uma página", true)}},
		{faultTokenExpired, "O token deixou de valer (190).", []FaultParameter{
			oneOf("subcode", "463 venceu, 467 revogado, 460 senha trocada, 458 app removido, 459 conta bloqueada", 463.0, 467.0, 460.0, 458.0, 459.0)}},
		{faultNoPermission, "O token perdeu a permissão.", []FaultParameter{oneOf("code", "código", 10.0, 200.0, 3.0)}},
		{faultResetMidBody, "A conexão cai no meio da resposta; o que foi pedido aconteceu.", nil},
		{faultSlowBytes, "A resposta vem aos poucos, em tempo real.", []FaultParameter{amount("ms", "milissegundos entre dois pedaços", 200, 1, longestMs),
			amount("bytes", "bytes por pedaço", 16, 1, 65_536)}},
		{faultHTMLError, "O envio recebe uma página de erro em vez de JSON.", []FaultParameter{
			oneOf("status", "status HTTP", 502.0, 503.0, 504.0, 500.0), onOff("accepts", "a mensagem é criada mesmo assim", false)}},
		{faultNextError, "O envio é recusado com um código da Meta.", []FaultParameter{amount("code", "código", 131000, 0, 1e9),
			amount("httpStatus", "status HTTP; 0 é o de costume", 0, 0, 599), words("details", "detalhes do erro", "")}},
		{faultAcceptTimeout, "A mensagem é criada, e quem enviou fica sem resposta.", []FaultParameter{
			oneOf("mode", "silêncio ou corte", "hang", "cut"), amount("hangMs", "milissegundos de silêncio, em tempo real", defaultHangMs, 0, longestMs)}},
	}
}

func statusFaults() []FaultKind {
	return []FaultKind{
		{faultFailedStatus, "O envio é aceito e falha depois, por webhook.", []FaultParameter{amount("code", "código", 131026, 1, 1e9),
			onOff("afterSent", "só depois de «sent»", false)}},
		{faultStatusFirst, "O webhook «sent» chega antes da resposta do envio.", nil},
		{faultAsync, "As recusas que a Meta também dá depois (janela, modelo pausado, mídia) vêm por webhook, com resposta 200.", nil},
		{faultNoReceipts, "O cliente desligou a confirmação de leitura: nunca chega «read».", nil},
		{faultSkipDelivered, "Com a conversa aberta no celular, «read» chega sem «delivered».", nil},
		{faultSlowDelivery, "O celular demora a receber.", []FaultParameter{amount("seconds", "segundos a mais", 60, 0, longestWait)}},
	}
}

func webhookFaults() []FaultKind {
	return []FaultKind{
		{faultDuplicate, "Cada webhook chega mais de uma vez.", []FaultParameter{amount("copies", "cópias a mais", 1, 1, 100)}},
		{faultDrop, "Webhooks se perdem.", []FaultParameter{oneOf("only", "quais", "all", "messages", "statuses")}},
		{faultShuffle, "Os status de uma mensagem chegam fora de ordem.", nil},
		{faultDelay, "Webhooks atrasam.", []FaultParameter{amount("seconds", "segundos", 30, 0, longestWait), amount("jitterSeconds", "até tantos segundos a mais, ao acaso", 0, 0, longestWait)}},
		{faultReorder, "Webhooks chegam em qualquer ordem, também os de uma mesma mensagem.", []FaultParameter{amount("withinSeconds", "segundos em que se embaralham", 5, 0, longestWait)}},
		{faultBatch, "Vários acontecimentos vêm num só webhook: mensagens, status e campos desconhecidos juntos.", []FaultParameter{
			amount("most", "acontecimentos por webhook", 10, 2, 1000), amount("withinSeconds", "segundos à espera de mais", 2, 0, longestWait),
			onOff("unknownFields", "com campos que ninguém conhece", true)}},
		{faultBroken, "Entre os itens bons vêm itens quebrados.", nil},
		{faultHuge, "O corpo do webhook é enorme.", []FaultParameter{amount("bytes", "tamanho", maxBody, 1024, maxBody)}},
		{faultWrongSecret, "A assinatura é feita com outro segredo.", []FaultParameter{words("secret", "o segredo usado", "segredo errado")}},
		{faultUnsubscribe, "Depois de tanto tempo sem resposta a Meta desliga a assinatura dos webhooks.", []FaultParameter{
			amount("afterHours", "horas sem resposta", 24, 0, 168)}},
	}
}

func contentFaults() []FaultKind {
	return []FaultKind{
		{faultMediaExpired, "O endereço do arquivo já venceu quando é buscado.", []FaultParameter{oneOf("status", "status HTTP", 404.0, 401.0, 403.0)}},
		{faultMediaCorrupt, "O arquivo buscado não confere com o seu sha256.", nil},
		{faultUploadFails, "O envio de arquivos para a Meta falha (131053).", nil},
		{faultLinkFails, "A Meta não consegue buscar o link enviado (131053; com asyncErrors, 131052 depois).", nil},
		{faultSyncing, "O modelo ainda está sendo sincronizado (134101).", nil},
		{faultRejected, "A avaliação rejeita o modelo criado.", []FaultParameter{
			oneOf("reason", "motivo", "INVALID_FORMAT", "TAG_CONTENT_MISMATCH", "ABUSIVE_CONTENT", "PROMOTIONAL", "SCAM")}},
		{faultHeld, "O modelo fica retido para avaliação de qualidade e depois sai, ou falha com 132015.", []FaultParameter{
			amount("minutes", "minutos retido", 30, 0, longestWait/60), onOff("dropped", "no fim, falha", false)}},
	}
}

// refusalFault is a fault that refuses sends with a code of its own.
type refusalFault struct {
	name, description string
	codes             []any
	async             bool
}

// refusalFaults are named for what is the matter; their codes are those of providers.md 1.4.
var refusalFaults = []refusalFault{
	{"accountBlocked", "A conta está bloqueada por violação de política.", []any{368.0, 131031.0, 131064.0}, false},
	{"paymentProblem", "Falta pagamento.", []any{131042.0, 131044.0}, false},
	{"numberUnregistered", "O número não está registrado.", []any{133010.0, 131045.0}, false},
	{"countryRestricted", "A conta não pode enviar para este país.", []any{130497.0}, false},
	{"spamLimit", "Limite por bloqueios e denúncias de spam.", []any{131048.0}, true},
	{"maintenance", "A conta está em manutenção.", []any{131057.0}, false},
	{"serviceTrouble", "Falha passageira da Meta.", []any{131000.0, 131016.0, 1.0, 2.0, 133004.0}, false},
	{"displayNameMissing", "O nome de exibição não foi aprovado.", []any{131037.0}, false},
	{"experiment", "O cliente está num experimento da Meta e não recebe marketing.", []any{130472.0}, true},
	{"healthyEcosystem", "O cliente já recebeu marketing demais (131049).", []any{131049.0}, true},
	{"windowGlitch", "A janela está aberta, e a Meta diz que não (falha conhecida).", []any{131047.0}, false},
	{"undeliverable", "A mensagem não pode ser entregue (131026).", []any{131026.0}, true},
	{"contentPolicy", "O texto viola a política de modelos (132007).", []any{132007.0}, false},
}

func (r refusalFault) kind() FaultKind {
	return FaultKind{r.name, r.description, []FaultParameter{oneOf("code", "código", r.codes...), onOff("async", "a recusa vem depois, por webhook", r.async)}}
}
