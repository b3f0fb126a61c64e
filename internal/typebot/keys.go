package typebot

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The keys to which this package gives a meaning, in the spelling of the platform they come from. Every other key is
// handed on.
const (
	keyFollowUp   = "followupId" // Whazing; also REST's "followup" and names
	keyVars       = "vars"
	keyStartAt    = "startAt"
	keyDelay      = "delay"
	keyIfEnrolled = "ifEnrolled"
	keyCancelOn   = "cancelOn"
	keyReason     = "reason"

	keyTag       = "tagId"  // Whazing and forks with language models
	keyTags      = "tagIds" // AutoAtende
	keyRemoveTag = "removeTag"
	keyClearTags = "clearTags"
	keyStatus    = "status" // AutoAtende; also the contact's own status
	keyStage     = "crmId"  // Whazing
	keyFields    = "AddiInfo"
	keyOptOut    = "optOut"
	keyOptIn     = "optIn"

	keyStopBot = "stopBot"
	keyPing    = "ping" // Ticketz PRO
	keyWait    = "wait"
	keySeconds = "seconds"

	keyAction = "action" // Ticketz PRO: what is to be done with the other keys
	keyType   = "type"   // one Whaticket fork writes it for action
)

// foldKey makes keys comparable: without case, accents, blanks, "-" and "_".
func foldKey(key string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) || r == '-' || r == '_' || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(key)))
}

// usualKey gives the spelling under which a key is known on the platforms that use it, also for their Portuguese aliases;
// any other key comes back trimmed.
func usualKey(key string) string {
	folded := foldKey(key)
	for _, family := range []func(string) string{followUpKey, contactKey, inboxKey, partKey} {
		if usual := family(folded); usual != "" {
			return usual
		}
	}
	return strings.TrimFunc(key, invisible)
}

// known tells whether a key means something to retoma or to a platform that retoma knows of.
func known(key string) bool {
	folded := foldKey(key)
	if folded == "" {
		return false
	}
	return followUpKey(folded) != "" || contactKey(folded) != "" || inboxKey(folded) != "" || partKey(folded) != ""
}

// followUpKey knows the keys of the follow-up command and its extended form.
func followUpKey(folded string) string {
	switch folded {
	case "followupid", "followup", "followupname", "followupnome", "nomefollowup", "updatefollowup", "acompanhamento", "acompanhamentoid":
		return keyFollowUp
	case "vars", "variables", "variaveis":
		return keyVars
	case "startat", "startsat", "inicio", "iniciarem", "comecarem":
		return keyStartAt
	case "delay", "atraso", "adiar":
		return keyDelay
	case "ifenrolled", "seinscrito", "sejainscrito":
		return keyIfEnrolled
	case "cancelon", "cancelarem", "cancelarao":
		return keyCancelOn
	case "reason", "motivo":
		return keyReason
	}
	return ""
}

// contactKey knows the keys that change what is known of the contact.
func contactKey(folded string) string {
	switch folded {
	case "tagid", "tag", "addtag", "addcontacttag", "etiqueta", "etiquetaid", "adicionartag", "adicionaretiqueta":
		return keyTag
	case "tagids", "tags", "etiquetas":
		return keyTags
	case "removetag", "removecontacttag", "removertag", "removeretiqueta":
		return keyRemoveTag
	case "cleartags", "clearcontacttags", "limpartags", "limparetiquetas":
		return keyClearTags
	case "status", "situacao":
		return keyStatus
	case "crmid", "stage", "stageid", "estagio", "etapa":
		return keyStage
	case "addiinfo", "additionalinfo", "infoadicional":
		return keyFields
	case "optout", "unsubscribe", "descadastrar", "descadastro":
		return keyOptOut
	case "optin", "subscribe", "recadastrar":
		return keyOptIn
	}
	return ""
}

// inboxKey knows the keys about the bot and the inbox in which people work.
func inboxKey(folded string) string {
	switch folded {
	case "stopbot", "pararbot", "endsession", "encerrarbot":
		return keyStopBot
	case "ping":
		return keyPing
	case "wait", "esperar", "aguardar":
		return keyWait
	case "queueid", "queue", "fila", "filaid", "transferqueue", "transferirfila":
		return "queueId"
	case "userid", "user", "usuario", "usuarioid", "atendente", "atendenteid", "transferuser":
		return "userId"
	case "closeticket", "fecharticket", "close", "fechar":
		return "closeTicket"
	case "openticket", "abrirticket":
		return "openTicket"
	case "transfer", "transferir":
		return "transfer"
	case "assignqueue", "atribuirfila":
		return "assignQueue"
	case "chatbotid":
		return "chatbotId"
	case "resp", "respostarapida", "quickreply":
		return "resp"
	case "sendpix", "enviarpix":
		return "sendPix"
	}
	return ""
}

// partKey knows the names of actions and the keys that belong to one.
func partKey(folded string) string {
	switch folded {
	case "action", "acao":
		return keyAction
	case "type", "tipo":
		return keyType
	case "seconds", "segundos":
		return keySeconds
	case "note", "nota", "anotacao":
		return "note"
	case "updateticket", "atualizarticket":
		return "updateTicket"
	case "postrequest":
		return "postRequest"
	case "menu":
		return "menu"
	case "sendfile", "enviararquivo":
		return "sendFile"
	case "sendcontact", "enviarcontato":
		return "sendContact"
	case "advanceonly":
		return "advanceOnly"
	}
	return ""
}

// isID tells the keys of other platforms whose value is one id.
func isID(key string) bool {
	switch key {
	case "queueId", "userId", "chatbotId", "resp":
		return true
	}
	return false
}

// isFlag tells the keys whose value is yes or no.
func isFlag(key string) bool {
	switch key {
	case keyStopBot, keyPing, keyClearTags, keyOptIn, "closeTicket", "openTicket", "transfer", "assignQueue":
		return true
	}
	return false
}
