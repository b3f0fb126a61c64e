package office

import (
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/typebot"
)

// typebotView shows how commands in bubbles are taken; the secret goes in and never comes out.
type typebotView struct {
	TextAround bool                 `json:"textAround" doc:"executa comandos em balões que também têm texto para o cliente"`
	Commands   web.OrNull[[]string] `json:"commands" doc:"os comandos permitidos; null: todos"`
	HasSecret  bool                 `json:"hasSecret"`
}

func viewTypebot(s chat.TypebotSettings) typebotView {
	view := typebotView{TextAround: s.Around, HasSecret: s.Secret != ""}
	if s.Commands != nil {
		view.Commands = web.Just(s.Commands)
	}
	return view
}

// typebotBody changes what it names.
type typebotBody struct {
	TextAround *bool       `json:"textAround,omitempty" doc:"executa comandos em balões que também têm texto para o cliente"`
	Commands   commandList `json:"commands,omitzero" doc:"os comandos permitidos, como followupId, tagId, queueId; null permite todos"`
	Secret     *string     `json:"secret,omitempty" maxLength:"64" doc:"senha entre # e { de todo comando; vazio desliga. Entra e nunca sai."`
}

func (b typebotBody) apply(s *chat.TypebotSettings) error {
	if b.TextAround != nil {
		s.Around = *b.TextAround
	}
	if b.Commands.bad {
		return fault.Field("typebot.commands", "esperava uma lista de nomes, ou null")
	}
	if b.Commands.given {
		s.Commands = b.Commands.names
	}
	if b.Secret == nil {
		return nil
	}
	secret := strings.TrimSpace(*b.Secret)
	if secret != "" && !typebot.SecretFits(secret) {
		return fault.Field("typebot.secret", "use de 4 a 64 letras, números, - ou _")
	}
	s.Secret = secret
	return nil
}

// commandList is a list of commands, or null for all of them; not given leaves it as it is.
type commandList struct {
	given bool
	names []string
	bad   bool
}

// UnmarshalJSON reads the list.
func (l *commandList) UnmarshalJSON(raw []byte) error {
	*l = commandList{given: true}
	if string(raw) != "null" {
		l.names = []string{}
		l.bad = json.Unmarshal(raw, &l.names) != nil || len(l.names) > maxCommandNames
	}
	return nil
}

// maxCommandNames bounds the list.
const maxCommandNames = 100

// Schema says in the document what is accepted.
func (commandList) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{
		{Type: huma.TypeArray, MaxItems: new(maxCommandNames), Items: &huma.Schema{Type: huma.TypeString, MaxLength: new(100)}}, {Type: "null"},
	}}
}
