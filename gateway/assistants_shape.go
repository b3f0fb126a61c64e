package gateway

import (
	"fmt"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// assistantBody is what callers may set of an assistant; what is not named stays, null goes back to the default.
type assistantBody struct {
	Name        resettable[string]  `json:"name,omitzero" maxLength:"200"`
	Persona     resettable[string]  `json:"persona,omitzero" maxLength:"20000" doc:"quem o assistente é e como escreve"`
	Model       resettable[string]  `json:"model,omitzero" maxLength:"200" doc:"modelo; vazio usa o da empresa, ou o da instalação"`
	BaseURL     resettable[string]  `json:"baseUrl,omitzero" maxLength:"2000" doc:"API compatível com a da OpenAI, como https://api.openai.com/v1; vazio usa a da empresa, ou a da instalação"`
	APIKey      resettable[string]  `json:"apiKey,omitzero" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	Temperature resettable[float64] `json:"temperature,omitzero" minimum:"0" maximum:"2" doc:"null: a do modelo"`
	Memory      resettable[int]     `json:"memory,omitzero" minimum:"1" maximum:"200" doc:"quantas mensagens da conversa o modelo lê"`
	// TimeLimitSeconds bounds one writing, tries included.
	TimeLimitSeconds resettable[int]     `json:"timeLimitSeconds,omitzero" minimum:"1" maximum:"300" doc:"tempo para escrever uma mensagem, com as tentativas"`
	DailyTokens      resettable[int64]   `json:"dailyTokens,omitzero" minimum:"0" maximum:"1000000000000" doc:"limite por dia; 0: sem limite"`
	DailySpend       resettable[float64] `json:"dailySpend,omitzero" minimum:"0" maximum:"1000000000" doc:"limite por dia, na moeda da empresa; 0: sem limite"`
	InputPrice       resettable[float64] `json:"inputPrice,omitzero" minimum:"0" maximum:"1000000" doc:"por milhão de tokens lidos"`
	OutputPrice      resettable[float64] `json:"outputPrice,omitzero" minimum:"0" maximum:"1000000" doc:"por milhão de tokens escritos"`
}

// apply writes what is named into an assistant, which has a name afterwards.
func (b assistantBody) apply(a *chat.Assistant) error {
	b.Name.into(&a.Name)
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		return fault.Required("name")
	}
	endpoint := endpointBody{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}
	if err := endpoint.apply("", &a.BaseURL, &a.Model, &a.APIKey); err != nil {
		return err
	}
	if b.Temperature.given {
		a.Temperature = b.Temperature.value
	}
	seconds := int(a.TimeLimit / time.Second)
	b.TimeLimitSeconds.into(&seconds)
	a.TimeLimit = time.Duration(seconds) * time.Second
	b.Persona.into(&a.Persona)
	b.Memory.into(&a.Memory)
	b.DailyTokens.into(&a.DailyTokens)
	b.DailySpend.into(&a.DailySpend)
	b.InputPrice.into(&a.InputPrice)
	b.OutputPrice.into(&a.OutputPrice)
	return nil
}

// endpointBody is what callers may set of an OpenAI-compatible endpoint; what is not named stays.
type endpointBody struct{ BaseURL, Model, APIKey resettable[string] }

// apply writes what is named. A kept key does not go to a new address unless it is given again: whoever may change the
// address must not learn the key by it.
func (b endpointBody) apply(path string, baseURL, model, key *string) error {
	b.Model.into(model)
	*model = strings.TrimSpace(*model)
	if address, named := text(b.BaseURL); named {
		address = strings.TrimSpace(address)
		if address != "" && !chat.IsServiceAddress(address) {
			return fault.Field(path+"baseUrl", "endereço inválido: use a forma https://servico.exemplo/v1, sem senha, ? e #")
		}
		moved := address != *baseURL && !chat.SameAddress(address, *baseURL)
		if moved && *key != "" && !b.APIKey.given {
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

// aiView is the tenant's own endpoint as it is shown.
type aiView struct {
	BaseURL        string   `json:"baseUrl" doc:"vazio: o da instalação"`
	Model          string   `json:"model" doc:"vazio: o da instalação"`
	HasAPIKey      bool     `json:"hasApiKey"`
	ForbiddenWords []string `json:"forbiddenWords" doc:"palavras que os assistentes não podem escrever"`
}

func viewAI(s chat.AISettings) aiView {
	view := aiView{BaseURL: s.BaseURL, Model: s.Model, HasAPIKey: s.APIKey != "", ForbiddenWords: s.ForbiddenWords}
	if view.ForbiddenWords == nil {
		view.ForbiddenWords = []string{}
	}
	return view
}

// aiBody is what callers may set of the tenant's endpoint.
type aiBody struct {
	BaseURL        resettable[string]   `json:"baseUrl,omitzero" maxLength:"2000" doc:"API compatível com a da OpenAI; vazio usa a da instalação"`
	Model          resettable[string]   `json:"model,omitzero" maxLength:"200" doc:"vazio usa o da instalação"`
	APIKey         resettable[string]   `json:"apiKey,omitzero" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	ForbiddenWords resettable[[]string] `json:"forbiddenWords,omitzero" maxItems:"300" doc:"palavras inteiras, sem distinguir maiúsculas e acentos"`
}

// longestForbidden is how long a forbidden word, or group of words, may be.
const longestForbidden = 100

func (b aiBody) apply(s *chat.AISettings) error {
	if err := (endpointBody{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}).apply("ai.", &s.BaseURL, &s.Model, &s.APIKey); err != nil {
		return err
	}
	var words []string
	b.ForbiddenWords.into(&words)
	for i, word := range words {
		if len([]rune(word)) > longestForbidden {
			return fault.Field(fmt.Sprintf("ai.forbiddenWords[%d]", i), "no máximo %d caracteres", longestForbidden)
		}
	}
	if b.ForbiddenWords.given {
		s.ForbiddenWords = unique(words)
	}
	return nil
}

// automaticBody is what callers may set of the gap between automatic messages; what is not named stays.
type automaticBody struct {
	GapMinutes resettable[int] `json:"gapMinutes,omitzero" minimum:"0" maximum:"10080" doc:"menor tempo entre duas mensagens automáticas a um contato; 0: nenhum"`
	MaxPerDay  resettable[int] `json:"maxPerDay,omitzero" minimum:"0" maximum:"1000" doc:"mensagens automáticas a um contato por dia local; 0: sem limite"`
}

// automaticView is the gap as it is shown.
type automaticView struct {
	GapMinutes int `json:"gapMinutes"`
	MaxPerDay  int `json:"maxPerDay"`
}

func (b automaticBody) apply(a *chat.Automatic) {
	b.GapMinutes.into(&a.GapMinutes)
	b.MaxPerDay.into(&a.MaxPerDay)
}
