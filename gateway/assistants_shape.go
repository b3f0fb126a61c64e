package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// assistantBody is what callers may set of an assistant; what is not named stays.
type assistantBody struct {
	Name        *string     `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Persona     *string     `json:"persona,omitempty" maxLength:"20000" doc:"quem o assistente é e como escreve"`
	Model       *string     `json:"model,omitempty" maxLength:"200" doc:"modelo; vazio usa o da empresa, ou o da instalação"`
	BaseURL     *string     `json:"baseUrl,omitempty" maxLength:"2000" doc:"API compatível com a da OpenAI, como https://api.openai.com/v1; vazio usa a da empresa, ou a da instalação"`
	APIKey      *string     `json:"apiKey,omitempty" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	Temperature temperature `json:"temperature,omitzero"`
	Memory      *int        `json:"memory,omitempty" minimum:"1" maximum:"200" doc:"quantas mensagens da conversa o modelo lê"`
	// TimeLimitSeconds bounds one writing, tries included.
	TimeLimitSeconds *int     `json:"timeLimitSeconds,omitempty" minimum:"1" maximum:"300" doc:"tempo para escrever uma mensagem, com as tentativas"`
	DailyTokens      *int64   `json:"dailyTokens,omitempty" minimum:"0" maximum:"1000000000000" doc:"limite por dia; 0: sem limite"`
	DailySpend       *float64 `json:"dailySpend,omitempty" minimum:"0" maximum:"1000000000" doc:"limite por dia, na moeda da empresa; 0: sem limite"`
	InputPrice       *float64 `json:"inputPrice,omitempty" minimum:"0" maximum:"1000000" doc:"por milhão de tokens lidos"`
	OutputPrice      *float64 `json:"outputPrice,omitempty" minimum:"0" maximum:"1000000" doc:"por milhão de tokens escritos"`
}

// apply writes what is named into an assistant.
func (b assistantBody) apply(a *chat.Assistant) error {
	if b.Name != nil {
		if a.Name = strings.TrimSpace(*b.Name); a.Name == "" {
			return fault.Required("name")
		}
	}
	if b.Persona != nil {
		a.Persona = *b.Persona
	}
	settings := endpointBody{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}
	if err := settings.apply("", &a.BaseURL, &a.Model, &a.APIKey); err != nil {
		return err
	}
	if err := b.Temperature.apply(a); err != nil {
		return err
	}
	if b.TimeLimitSeconds != nil {
		a.TimeLimit = time.Duration(*b.TimeLimitSeconds) * time.Second
	}
	set(&a.Memory, b.Memory)
	set(&a.DailyTokens, b.DailyTokens)
	set(&a.DailySpend, b.DailySpend)
	set(&a.InputPrice, b.InputPrice)
	set(&a.OutputPrice, b.OutputPrice)
	return nil
}

func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}

// endpointBody is what callers may set of an OpenAI-compatible endpoint; what is not named stays.
type endpointBody struct{ BaseURL, Model, APIKey *string }

// apply writes what is named. A kept key does not go to a new address unless it is given again: whoever may change the
// address must not learn the key by it.
func (b endpointBody) apply(path string, baseURL, model, key *string) error {
	if b.Model != nil {
		*model = strings.TrimSpace(*b.Model)
	}
	if b.BaseURL != nil {
		address := strings.TrimSpace(*b.BaseURL)
		if address != "" && !chat.IsServiceAddress(address) {
			return fault.Field(path+"baseUrl", "endereço inválido: use a forma https://servico.exemplo/v1, sem senha, ? e #")
		}
		moved := address != *baseURL && !chat.SameAddress(address, *baseURL)
		if moved && *key != "" && b.APIKey == nil {
			return fault.Field(path+"apiKey", "ao mudar baseUrl, informe a chave de novo (ou \"\" para removê-la)")
		}
		*baseURL = address
	}
	if b.APIKey != nil {
		if strings.ContainsFunc(*b.APIKey, func(character rune) bool { return character <= ' ' || character > '~' }) {
			return fault.Field(path+"apiKey", "chave inválida: use só letras, números e sinais, sem espaços")
		}
		*key = *b.APIKey
	}
	return nil
}

// hottest is the highest temperature that the protocol knows.
const hottest = 2

// temperature is a number from 0 to 2, or null for the model's own; not given leaves it as it is.
type temperature struct {
	given bool
	value *float64
	bad   bool
}

// UnmarshalJSON reads the number.
func (t *temperature) UnmarshalJSON(raw []byte) error {
	*t = temperature{given: true}
	t.bad = json.Unmarshal(raw, &t.value) != nil
	return nil
}

// IsZero tells that it was not given.
func (t temperature) IsZero() bool { return !t.given }

// Schema says in the document what is accepted.
func (temperature) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "de 0 a 2; null: a do modelo",
		AnyOf:       []*huma.Schema{{Type: huma.TypeNumber, Minimum: pointer(0.0), Maximum: pointer(float64(hottest))}, {Type: "null"}},
	}
}

func (t temperature) apply(a *chat.Assistant) error {
	switch {
	case !t.given:
		return nil
	case t.bad || t.value != nil && (*t.value < 0 || *t.value > hottest):
		return fault.Field("temperature", "esperava um número de 0 a %d, ou null", hottest)
	}
	a.Temperature = t.value
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
	BaseURL        *string  `json:"baseUrl,omitempty" maxLength:"2000" doc:"API compatível com a da OpenAI; vazio usa a da instalação"`
	Model          *string  `json:"model,omitempty" maxLength:"200" doc:"vazio usa o da instalação"`
	APIKey         *string  `json:"apiKey,omitempty" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	ForbiddenWords []string `json:"forbiddenWords,omitempty" maxItems:"300" doc:"palavras inteiras, sem distinguir maiúsculas e acentos"`
}

// longestForbidden is how long a forbidden word, or group of words, may be.
const longestForbidden = 100

func (b aiBody) apply(s *chat.AISettings) error {
	if err := (endpointBody{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}).apply("ai.", &s.BaseURL, &s.Model, &s.APIKey); err != nil {
		return err
	}
	for i, word := range b.ForbiddenWords {
		if len([]rune(word)) > longestForbidden {
			return fault.Field(fmt.Sprintf("ai.forbiddenWords[%d]", i), "no máximo %d caracteres", longestForbidden)
		}
	}
	if b.ForbiddenWords != nil {
		s.ForbiddenWords = unique(b.ForbiddenWords)
	}
	return nil
}

// automaticBody is what callers may set of the gap between automatic messages; what is not named stays.
type automaticBody struct {
	GapMinutes *int `json:"gapMinutes,omitempty" minimum:"0" maximum:"10080" doc:"menor tempo entre duas mensagens automáticas a um contato; 0: nenhum"`
	MaxPerDay  *int `json:"maxPerDay,omitempty" minimum:"0" maximum:"1000" doc:"mensagens automáticas a um contato por dia local; 0: sem limite"`
}

// automaticView is the gap as it is shown.
type automaticView struct {
	GapMinutes int `json:"gapMinutes"`
	MaxPerDay  int `json:"maxPerDay"`
}

func (b automaticBody) apply(a *chat.Automatic) {
	set(&a.GapMinutes, b.GapMinutes)
	set(&a.MaxPerDay, b.MaxPerDay)
}
