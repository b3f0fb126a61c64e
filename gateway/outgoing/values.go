package outgoing

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/danielgtaylor/huma/v2"

	"retoma/actions"
	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Values are what a template is filled with: by name or in order. Numbers and true/false are taken as texts, because
// platforms send what they have; an object is a file, a place, an amount, a date, a WhatsApp Flow's start or products.
type Values struct {
	Given actions.Given
	bad   string
	why   string
}

// UnmarshalJSON reads an object or a list; what is wrong is told later, with the field's name at hand.
func (v *Values) UnmarshalJSON(raw []byte) error {
	*v = Values{}
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(raw, &object) == nil:
		v.Given.Named = make(map[string]actions.Value, len(object))
		for _, name := range web.SortedKeys(object) {
			v.Given.Named[name] = v.value(object[name], "."+name)
		}
	case json.Unmarshal(raw, &list) == nil:
		v.Given.List = make([]actions.Value, len(list))
		for i, value := range list {
			v.Given.List[i] = v.value(value, fmt.Sprintf("[%d]", i))
		}
	default:
		v.bad = " "
	}
	return nil
}

func (v *Values) value(raw json.RawMessage, place string) actions.Value {
	var read valueShape
	value, why := read.read(raw)
	if why == "" {
		why = markedWhy(value.Text)
	}
	if why != "" && v.bad == "" {
		v.bad, v.why = place, why
	}
	return value
}

// Check gives the validation error of the field.
func (v Values) Check(field string) error {
	switch v.bad {
	case "":
		return nil
	case " ":
		return fault.Field(field, `esperava um objeto de textos, como {"1": "Ana"}, ou uma lista de textos`)
	}
	return fault.Field(field+v.bad, "%s", v.why)
}

// Schema says in the document what is accepted; a value of the wrong shape is named when it is read.
func (Values) Schema(huma.Registry) *huma.Schema {
	one := &huma.Schema{
		Description: `um texto ou número; ou {"url"|"mediaId", "fileName"} (anexo), {"latitude", "longitude", "name", "address"} (lugar), ` +
			`{"currency": "BRL", "amount": 10.5, "text": "R$ 10,50"}, {"date": true, "text": "1/12/2026"}, {"token", "data"} (WhatsApp Flow) ou ` +
			`{"thumbnail", "sections": [{"title", "products": []}]} (catálogo)`,
		Examples: []any{"Ana"},
	}
	return &huma.Schema{
		Description: `valores das variáveis do template, por nome ou em ordem: {"1": "Ana"}, {"nome": "Ana"} ou ["Ana"]. ` +
			`Outros nomes: "header" (anexo ou lugar), "header.1" (texto do cabeçalho), "button.0" (sufixo do link, resposta rápida, cupom, fluxo ou produtos), ` +
			`"offer" (fim da oferta), e "card.0." antes do nome para os cartões de um carrossel. GET /api/channels/{id}/templates lista os de cada template.`,
		Examples: []any{map[string]any{"1": "Ana", "header": map[string]any{"url": "https://exemplo.com/foto.png"}, "button.1": "pedido-77"}},
		AnyOf:    []*huma.Schema{{Type: huma.TypeObject, AdditionalProperties: one}, {Type: huma.TypeArray, Items: one}},
	}
}

// valueShape is a value that is no text. Exactly one of its kinds is given.
type valueShape struct {
	URL       string              `json:"url,omitempty" doc:"anexo do cabeçalho, pelo endereço"`
	MediaID   string              `json:"mediaId,omitempty" doc:"anexo do cabeçalho, pelo id da mídia"`
	FileName  string              `json:"fileName,omitempty" doc:"nome do documento do cabeçalho"`
	Latitude  *float64            `json:"latitude,omitempty" doc:"lugar do cabeçalho, em graus"`
	Longitude *float64            `json:"longitude,omitempty"`
	Name      string              `json:"name,omitempty" doc:"nome do lugar"`
	Address   string              `json:"address,omitempty" doc:"endereço do lugar"`
	Currency  string              `json:"currency,omitempty" doc:"código ISO 4217, como BRL"`
	Amount    *float64            `json:"amount,omitempty" doc:"quantia, como 10.5"`
	Date      bool                `json:"date,omitempty" doc:"text é uma data ou hora"`
	Text      string              `json:"text,omitempty" doc:"a quantia ou a data como o cliente lê: R$ 10,50"`
	Token     string              `json:"token,omitempty" doc:"token do WhatsApp Flow; se faltar, o id da mensagem"`
	Data      map[string]any      `json:"data,omitempty" doc:"dados da primeira tela do WhatsApp Flow"`
	Thumbnail string              `json:"thumbnail,omitempty" doc:"produto cuja foto aparece"`
	Sections  []chat.ShelfSection `json:"sections,omitempty" doc:"produtos, pelos ids do catálogo"`
}

func (s *valueShape) read(raw json.RawMessage) (value actions.Value, why string) {
	var text any
	if err := json.Unmarshal(raw, &text); err != nil {
		return value, "valor inválido"
	}
	switch plain := text.(type) {
	case string:
		return actions.Value{Text: plain}, ""
	case bool, float64:
		encoded, err := json.Marshal(plain)
		if err != nil {
			return value, "esperava um texto"
		}
		return actions.Value{Text: string(encoded)}, ""
	case map[string]any:
		return s.object(raw)
	}
	return value, "esperava um texto"
}

func (s *valueShape) object(raw json.RawMessage) (value actions.Value, why string) {
	if err := flows.DecodeStrict("", raw, s); err != nil {
		problem := flows.AsProblems(err)[0]
		return value, problem.Field + ": " + problem.Message
	}
	made := []actions.Value{}
	for _, read := range []func() (actions.Value, bool, string){s.file, s.place, s.money, s.date, s.start, s.shelf} {
		one, given, why := read()
		switch {
		case why != "":
			return value, why
		case given:
			made = append(made, one)
		}
	}
	if len(made) != 1 {
		return value, "informe um texto, ou só um: url, mediaId, latitude e longitude, currency e amount, date, token e data, sections"
	}
	return made[0], ""
}

func (s *valueShape) file() (actions.Value, bool, string) {
	return actions.Value{Media: &chat.Media{Link: s.URL, ID: s.MediaID, FileName: s.FileName}}, s.URL+s.MediaID != "", ""
}

func (s *valueShape) place() (actions.Value, bool, string) {
	switch {
	case s.Latitude == nil && s.Longitude == nil:
		return actions.Value{}, false, ""
	case s.Latitude == nil || s.Longitude == nil:
		return actions.Value{}, true, "um lugar tem latitude e longitude"
	}
	return actions.Value{Place: &chat.Place{Latitude: *s.Latitude, Longitude: *s.Longitude, Name: s.Name, Address: s.Address}}, true, ""
}

func (s *valueShape) money() (actions.Value, bool, string) {
	switch {
	case s.Currency == "" && s.Amount == nil:
		return actions.Value{}, false, ""
	case s.Currency == "" || s.Amount == nil || s.Text == "":
		return actions.Value{}, true, "uma quantia tem currency, amount e text"
	}
	return actions.Value{Text: s.Text, Money: &chat.Money{Currency: s.Currency, Thousandth: int64(math.Round(*s.Amount * 1000))}}, true, ""
}

func (s *valueShape) date() (actions.Value, bool, string) {
	return actions.Value{Text: s.Text, Date: true}, s.Date, ""
}

func (s *valueShape) start() (actions.Value, bool, string) {
	return actions.Value{Text: s.Token, Data: s.Data}, s.Token != "" || s.Data != nil, ""
}

func (s *valueShape) shelf() (actions.Value, bool, string) {
	return actions.Value{Shelf: &chat.Shelf{Thumbnail: s.Thumbnail, Sections: s.Sections}}, s.Thumbnail != "" || s.Sections != nil, ""
}
