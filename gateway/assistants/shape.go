package assistants

import (
	"strings"
	"time"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// assistantBody is what callers may set of an assistant; what is not named stays, null goes back to the default.
type assistantBody struct {
	Name        web.Resettable[string]  `json:"name,omitzero" maxLength:"200"`
	Persona     web.Resettable[string]  `json:"persona,omitzero" maxLength:"20000" doc:"quem o assistente é e como escreve"`
	Model       web.Resettable[string]  `json:"model,omitzero" maxLength:"200" doc:"modelo; vazio usa o da empresa, ou o da instalação"`
	BaseURL     web.Resettable[string]  `json:"baseUrl,omitzero" maxLength:"2000" doc:"API compatível com a da OpenAI, como https://api.openai.com/v1; vazio usa a da empresa, ou a da instalação"`
	APIKey      web.Resettable[string]  `json:"apiKey,omitzero" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	Temperature web.Resettable[float64] `json:"temperature,omitzero" minimum:"0" maximum:"2" doc:"null: a do modelo"`
	Memory      web.Resettable[int]     `json:"memory,omitzero" minimum:"1" maximum:"200" doc:"quantas mensagens da conversa o modelo lê"`
	// TimeLimitSeconds bounds one writing, tries included.
	TimeLimitSeconds web.Resettable[int]     `json:"timeLimitSeconds,omitzero" minimum:"1" maximum:"300" doc:"tempo para escrever uma mensagem, com as tentativas"`
	DailyTokens      web.Resettable[int64]   `json:"dailyTokens,omitzero" minimum:"0" maximum:"1000000000000" doc:"limite por dia; 0: sem limite"`
	DailySpend       web.Resettable[float64] `json:"dailySpend,omitzero" minimum:"0" maximum:"1000000000" doc:"limite por dia, na moeda da empresa; 0: sem limite"`
	InputPrice       web.Resettable[float64] `json:"inputPrice,omitzero" minimum:"0" maximum:"1000000" doc:"por milhão de tokens lidos"`
	OutputPrice      web.Resettable[float64] `json:"outputPrice,omitzero" minimum:"0" maximum:"1000000" doc:"por milhão de tokens escritos"`
}

// apply writes what is named into an assistant, which has a name afterwards.
func (b assistantBody) apply(a *chat.Assistant) error {
	b.Name.Into(&a.Name)
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		return fault.Required("name")
	}
	endpoint := web.Endpoint{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}
	if err := endpoint.Apply("", &a.BaseURL, &a.Model, &a.APIKey); err != nil {
		return err
	}
	if b.Temperature.Given {
		a.Temperature = b.Temperature.Value
	}
	seconds := int(a.TimeLimit / time.Second)
	b.TimeLimitSeconds.Into(&seconds)
	a.TimeLimit = time.Duration(seconds) * time.Second
	b.Persona.Into(&a.Persona)
	b.Memory.Into(&a.Memory)
	b.DailyTokens.Into(&a.DailyTokens)
	b.DailySpend.Into(&a.DailySpend)
	b.InputPrice.Into(&a.InputPrice)
	b.OutputPrice.Into(&a.OutputPrice)
	return nil
}
