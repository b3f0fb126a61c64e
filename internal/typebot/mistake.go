package typebot

import "fmt"

// mistake is what is wrong with a command: for code, and for the flow's author.
type mistake struct {
	hint   Hint
	reason string
}

// shownSource is how many characters of a refused command are kept.
const shownSource = 500

// refusal makes the public form of a mistake.
func (m *mistake) refusal(source string) Refusal {
	return Refusal{Source: shorten(source, shownSource), Reason: m.reason, Hint: m.hint}
}

// shorten cuts a text after a number of characters.
func shorten(text string, limit int) string {
	count := 0
	for at := range text {
		if count == limit {
			return text[:at] + "…"
		}
		count++
	}
	return text
}

const example = `#{ "followupId": "1" }`

func invalidJSON(near string) *mistake {
	return &mistake{HintInvalidJSON, fmt.Sprintf(
		"O comando não é um JSON válido perto de «%s». Escreva como em %s, com aspas duplas retas em nomes e valores.",
		shorten(near, 30), example)}
}

func unclosed() *mistake {
	return &mistake{HintInvalidJSON, fmt.Sprintf(
		"O comando não termina: falta fechar as aspas ou a chave }. Escreva como em %s, com tudo no mesmo balão.", example)}
}

func unquoted(key, value string) *mistake {
	return &mistake{HintInvalidJSON, fmt.Sprintf(
		"O valor de \"%s\" começa com «%s» e não está entre aspas. Coloque-o entre aspas duplas retas.",
		shorten(key, 60), shorten(value, 30))}
}

func emptyValue(key string) *mistake {
	return &mistake{HintEmptyVariable, fmt.Sprintf(
		"O valor de \"%s\" chegou vazio: a variável usada ali não foi preenchida no fluxo. "+
			"Preencha-a antes deste balão ou escreva o valor fixo.", shorten(key, 60))}
}

func emptyKey() *mistake {
	return &mistake{HintEmptyVariable, fmt.Sprintf(
		"O comando tem um nome vazio antes de «:». Escreva o nome, como em %s.", example)}
}

func literalVariable(key string) *mistake {
	return &mistake{HintEmptyVariable, fmt.Sprintf(
		"O valor de \"%s\" ainda é o nome de uma variável: o Typebot não a substituiu. "+
			"Confira se ela existe no fluxo com exatamente este nome.", shorten(key, 60))}
}

func empty() *mistake {
	return &mistake{HintEmpty, fmt.Sprintf("O comando está vazio. Escreva o que ele deve fazer, como em %s.", example)}
}

func badID(key, why string) *mistake {
	advice := "Use o número ou o nome, ou 0 para nenhum."
	if key == keyFollowUp {
		advice = "Use o número, o UUID ou o nome do modelo, ou 0 para retirar o contato do follow-up."
	}
	return &mistake{HintBadID, fmt.Sprintf("O valor de \"%s\" %s. %s", key, why, advice)}
}

// badValue says what a key's value should be.
func badValue(key, wanted string) *mistake {
	return &mistake{HintBadValue, fmt.Sprintf("O valor de \"%s\" não serve: %s.", shorten(key, 60), wanted)}
}

func emptyNames(key string) *mistake {
	return &mistake{HintEmptyVariable, emptyValue(key).reason + " Aqui, " + what(key) + "."}
}

func missing(action, key string) *mistake {
	return &mistake{HintBadValue, fmt.Sprintf("A ação \"%s\" precisa de \"%s\" ao lado.", action, key)}
}

func badVars() *mistake {
	return &mistake{HintBadVars, `"vars" precisa ser um objeto com nomes e valores, como em {"vars": {"nome": "Ana"}}, ou uma lista de nomes de campos do contato, como em {"vars": ["nome"]}.`}
}

func ambiguous(key string) *mistake {
	return &mistake{HintAmbiguous, fmt.Sprintf(
		"O comando traz \"%s\" mais de uma vez e não se sabe qual vale. Deixe só uma; para várias ações use um comando para cada.",
		shorten(key, 60))}
}

func around() *mistake {
	return &mistake{HintAround, "O balão tem texto para o cliente além do comando, e por isso o comando não foi executado; só o texto foi enviado. " +
		"Coloque o comando em um balão só dele, ou ligue a opção de texto ao redor."}
}

func injected() *mistake {
	return &mistake{HintInjected, "O comando, ou uma parte dele, é algo que o próprio contato escreveu: o fluxo repetiu a resposta dele em um balão. " +
		"Nada foi executado. Não use respostas do contato em balões com comandos; para levar valores, use os nomes dos campos, como em {\"vars\": [\"nome\"]}."}
}

func unsigned() *mistake {
	return &mistake{HintSecret, "O comando não traz a senha configurada para este bot e não foi executado. Escreva-o com a senha entre o # e a chave, como em #senha{ \"followupId\": \"1\" }."}
}

func notAllowed(name string) *mistake {
	return &mistake{HintNotAllowed, fmt.Sprintf("O comando \"%s\" não está entre os permitidos para este bot. Inclua-o na lista de comandos permitidos, se ele deve valer.",
		shorten(name, 60))}
}

func tooLong() *mistake {
	return &mistake{HintTooLong, fmt.Sprintf(
		"O balão passa de %d KiB e seus comandos não foram executados. Coloque o comando em um balão só dele.", MaxText>>10)}
}

func tooDeep() *mistake {
	return &mistake{HintTooDeep, fmt.Sprintf(
		"O comando tem mais de %d níveis de objetos e listas. Escreva-o de forma mais simples.", MaxDepth)}
}

func tooMany() *mistake {
	return &mistake{HintTooMany, fmt.Sprintf(
		"O balão tem mais de %d comandos; o restante dele foi descartado. Distribua os comandos em mais balões.", MaxCommands)}
}
