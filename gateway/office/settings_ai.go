package office

import (
	"fmt"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

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
	BaseURL        web.Resettable[string]   `json:"baseUrl,omitzero" maxLength:"2000" doc:"API compatível com a da OpenAI; vazio usa a da instalação"`
	Model          web.Resettable[string]   `json:"model,omitzero" maxLength:"200" doc:"vazio usa o da instalação"`
	APIKey         web.Resettable[string]   `json:"apiKey,omitzero" maxLength:"1000" doc:"entra e nunca sai; vazio remove"`
	ForbiddenWords web.Resettable[[]string] `json:"forbiddenWords,omitzero" maxItems:"300" doc:"palavras inteiras, sem distinguir maiúsculas e acentos"`
}

// longestForbidden is how long a forbidden word, or group of words, may be.
const longestForbidden = 100

func (b aiBody) apply(s *chat.AISettings) error {
	if err := (web.Endpoint{BaseURL: b.BaseURL, Model: b.Model, APIKey: b.APIKey}).Apply("ai.", &s.BaseURL, &s.Model, &s.APIKey); err != nil {
		return err
	}
	var words []string
	b.ForbiddenWords.Into(&words)
	for i, word := range words {
		if len([]rune(word)) > longestForbidden {
			return fault.Field(fmt.Sprintf("ai.forbiddenWords[%d]", i), "no máximo %d caracteres", longestForbidden)
		}
	}
	if b.ForbiddenWords.Given {
		s.ForbiddenWords = web.Unique(words)
	}
	return nil
}

// automaticBody is what callers may set of the gap between automatic messages; what is not named stays.
type automaticBody struct {
	GapMinutes web.Resettable[int] `json:"gapMinutes,omitzero" minimum:"0" maximum:"10080" doc:"menor tempo entre duas mensagens automáticas a um contato; 0: nenhum"`
	MaxPerDay  web.Resettable[int] `json:"maxPerDay,omitzero" minimum:"0" maximum:"1000" doc:"mensagens automáticas a um contato por dia local; 0: sem limite"`
}

// automaticView is the gap as it is shown.
type automaticView struct {
	GapMinutes int `json:"gapMinutes"`
	MaxPerDay  int `json:"maxPerDay"`
}

func (b automaticBody) apply(a *chat.Automatic) {
	b.GapMinutes.Into(&a.GapMinutes)
	b.MaxPerDay.Into(&a.MaxPerDay)
}
