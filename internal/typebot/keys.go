package typebot

import "strings"

// The keys this package gives a meaning; everything else is handed on.
const (
	keyFollowUp = "followupId"
	keyVars     = "vars"
)

// foldKey makes keys comparable: without case, blanks, "-" and "_".
func foldKey(key string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) || r == '-' || r == '_' {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// usualKey gives the spelling under which a key is known on the platforms that use it (Whazing's and Ticketz's
// Typebot pages, the Whaticket family), also for their Portuguese aliases; any other key comes back trimmed.
func usualKey(key string) string {
	switch foldKey(key) {
	case "followupid", "followup":
		return keyFollowUp
	case "vars":
		return keyVars
	case "queueid":
		return "queueId"
	case "userid":
		return "userId"
	case "stopbot":
		return "stopBot"
	case "closeticket", "fecharticket":
		return "closeTicket"
	case "openticket", "abrirticket":
		return "openTicket"
	case "transfer", "transferir":
		return "transfer"
	case "assignqueue", "atribuirfila":
		return "assignQueue"
	case "status":
		return "status"
	case "tagid":
		return "tagId"
	case "tagids":
		return "tagIds"
	case "action":
		return "action"
	case "crmid":
		return "crmId"
	case "chatbotid":
		return "chatbotId"
	case "addiinfo":
		return "AddiInfo"
	}
	return strings.TrimFunc(key, invisible)
}
