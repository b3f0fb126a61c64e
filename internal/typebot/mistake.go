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

func badID(why string) *mistake {
	return &mistake{HintBadID, fmt.Sprintf(
		"O valor de \"%s\" %s. Use o número, o UUID ou o nome do modelo, ou 0 para retirar o contato do follow-up.",
		keyFollowUp, why)}
}

func badVars() *mistake {
	return &mistake{HintBadVars, `"vars" precisa ser um objeto com nomes e valores, como em {"vars": {"nome": "Ana"}}.`}
}

func ambiguous(key string) *mistake {
	return &mistake{HintAmbiguous, fmt.Sprintf(
		"O comando traz \"%s\" mais de uma vez e não se sabe qual vale. Deixe só uma; para várias ações use um comando para cada.",
		shorten(key, 60))}
}

func inline() *mistake {
	return &mistake{HintInline, "O comando está no meio de uma frase e não foi executado. " +
		"Coloque-o no início de uma linha ou, melhor, em um balão só dele."}
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
