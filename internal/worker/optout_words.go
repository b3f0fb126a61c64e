package worker

import (
	"slices"
	"strings"

	"retoma/internal/chat"
)

// The built-in words: a whole message that is one of them, after folding (domain.md section 6).
func stopWords() []string {
	return []string{"parar", "sair", "cancelar", "stop", "unsubscribe"}
}

func returnWords() []string { return []string{"voltar", "start"} }

// stopSentences are whole messages, titles and payloads of buttons that refuse everything.
func stopSentences() []string {
	return []string{
		"nao quero mais receber", "nao quero receber", "nao quero receber mais", "nao quero receber mensagem", "nao quero receber mensagens",
		"parar mensagens", "parar de receber", "parar de receber mensagens", "parar de enviar", "descadastrar", "descadastre", "sair da lista",
		"quero sair da lista", "opt out", "optout", "stop all",
	}
}

// promotionSentences are whole messages, titles and payloads of buttons that refuse promotions only: what providers put under
// marketing templates, and what people write of it.
func promotionSentences() []string {
	return []string{
		"parar promocoes", "parar de receber promocoes", "parar de enviar promocoes", "cancelar promocoes", "bloquear promocoes", "sem promocoes",
		"nao quero promocoes", "nao quero mais promocoes", "nao quero receber promocoes", "nao quero mais receber promocoes",
		"interromper promocoes", "stop promotions", "stop marketing", "optout marketing", "opt out marketing",
	}
}

// stopPhrases are sentences that contain a refusal beyond doubt. Only listed ones count.
func stopPhrases() []string {
	return []string{
		"pare de me mandar mensagem", "pare de me mandar mensagens", "pare de enviar mensagem", "pare de enviar mensagens",
		"nao quero mais receber mensagem", "nao quero mais receber mensagens", "nao me mande mais mensagem", "nao me mande mais mensagens",
		"nao me envie mais mensagem", "nao me envie mais mensagens", "quero parar de receber mensagens", "me tire da lista", "me tira da lista",
		"remova meu numero", "remover meu numero", "me descadastre", "quero me descadastrar",
	}
}

// refusal is how far a message refuses messages; [chat.OptOutNone] if it does not. What was tapped counts by its title and by
// its payload.
func (p *pass) refusal(content chat.Content) chat.OptOut {
	tapped := content.Type == chat.Button || content.Type == chat.ButtonReply || content.Type == chat.ListReply
	for _, said := range []string{fold(content.Text), fold(content.Choice)} {
		switch {
		case said == "":
		case slices.Contains(promotionSentences(), said):
			return chat.OptOutMarketing
		case p.isStopWord(said, tapped) || slices.Contains(stopSentences(), said) || holdsStopPhrase(said):
			return chat.OptOutAll
		}
	}
	return chat.OptOutNone
}

// isStopWord tells the built-in words and the tenant's own. A button named "Cancelar" cancels what its message is about, an
// appointment or an order; who taps it refuses nothing.
func (p *pass) isStopWord(said string, tapped bool) bool {
	for _, own := range p.setup.Tenant.Settings.OptOutWords {
		if said == fold(own) {
			return true
		}
	}
	return slices.Contains(stopWords(), said) && (!tapped || said != "cancelar")
}

// holdsStopPhrase looks for a listed phrase that nobody takes back: "não me tire da lista" is none.
func holdsStopPhrase(said string) bool {
	padded := " " + said + " "
	return slices.ContainsFunc(stopPhrases(), func(phrase string) bool {
		before, _, found := strings.Cut(padded, " "+phrase+" ")
		return found && !strings.HasSuffix(before, " nao") && !strings.HasSuffix(before, " nunca")
	})
}

// comesBack tells whether a message takes a refusal back. Only what is typed does: "Voltar" is also how menus go back.
func comesBack(content chat.Content) bool {
	return content.Choice == "" && slices.Contains(returnWords(), fold(content.Text))
}
