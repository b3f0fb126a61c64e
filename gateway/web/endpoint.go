package web

import (
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Endpoint is what callers may set of an OpenAI-compatible endpoint; what is not named stays.
type Endpoint struct{ BaseURL, Model, APIKey Resettable[string] }

// Apply writes what is named. A kept key does not go to a new address unless it is given again: whoever may change the
// address must not learn the key by it.
func (b Endpoint) Apply(path string, baseURL, model, key *string) error {
	b.Model.Into(model)
	*model = strings.TrimSpace(*model)
	if address, named := text(b.BaseURL); named {
		address = strings.TrimSpace(address)
		if address != "" && !chat.IsServiceAddress(address) {
			return fault.Field(path+"baseUrl", "endereço inválido: use a forma https://servico.exemplo/v1, sem senha, ? e #")
		}
		moved := address != *baseURL && !chat.SameAddress(address, *baseURL)
		if moved && *key != "" && !b.APIKey.Given {
			return fault.Field(path+"apiKey", "ao mudar baseUrl, informe a chave de novo (ou \"\" para removê-la)")
		}
		*baseURL = address
	}
	if given, named := text(b.APIKey); named {
		if strings.ContainsFunc(given, func(character rune) bool { return character <= ' ' || character > '~' }) {
			return fault.Field(path+"apiKey", "chave inválida: use só letras, números e sinais, sem espaços")
		}
		*key = given
	}
	return nil
}
