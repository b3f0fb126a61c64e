package ai

import (
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Endpoint is an OpenAI-compatible service (POST {BaseURL}/chat/completions) and the model to ask for.
type Endpoint struct {
	BaseURL string // such as "https://api.openai.com/v1"
	APIKey  string // empty: none is sent
	Model   string
	// Operator tells that the installation's operator named the address: it may be in a private network.
	Operator bool
}

// EndpointFor chooses where an assistant's messages are written: what the assistant names itself, else the tenant's, else
// the installation's. A key goes to an address of its own level or of one further out, never further in: whoever sets
// an assistant's address does not get the tenant's key sent there, nor a tenant the installation's.
func EndpointFor(assistant chat.Assistant, tenant chat.AISettings, installation Endpoint) Endpoint {
	levels := []Endpoint{
		{BaseURL: assistant.BaseURL, APIKey: assistant.APIKey, Model: assistant.Model},
		{BaseURL: tenant.BaseURL, APIKey: tenant.APIKey, Model: tenant.Model},
		{BaseURL: installation.BaseURL, APIKey: installation.APIKey, Model: installation.Model, Operator: true},
	}
	var chosen Endpoint
	for _, level := range levels {
		if chosen.Model == "" {
			chosen.Model = strings.TrimSpace(level.Model)
		}
		if chosen.APIKey == "" && (chosen.BaseURL == "" || chat.SameAddress(chosen.BaseURL, level.BaseURL)) {
			chosen.APIKey = strings.TrimSpace(level.APIKey)
		}
		if address := strings.TrimSpace(level.BaseURL); chosen.BaseURL == "" {
			chosen.BaseURL = address
		}
		if chat.SameAddress(chosen.BaseURL, level.BaseURL) {
			chosen.Operator = level.Operator
		}
	}
	return chosen
}

// Check tells what is missing to be able to write: fault.AIUnconfigured with what to set.
func (e Endpoint) Check() error {
	switch {
	case e.BaseURL == "":
		return fault.New(fault.AIUnconfigured, "nenhum serviço de IA está configurado: informe baseUrl e model no assistente ou em settings.ai, ou defina RETOMA_AI_BASE_URL e RETOMA_AI_MODEL")
	case !chat.IsServiceAddress(e.BaseURL):
		return fault.New(fault.AIUnconfigured, "o endereço do serviço de IA é inválido: use a forma https://servico.exemplo/v1")
	case e.Model == "":
		return fault.New(fault.AIUnconfigured, "nenhum modelo de IA está configurado: informe model no assistente ou em settings.ai, ou defina RETOMA_AI_MODEL")
	}
	return nil
}
