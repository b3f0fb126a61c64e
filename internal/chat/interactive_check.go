package chat

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"retoma/internal/fault"
)

// The limits of interactive messages, in characters (providers.md section 1.2).
const (
	maxBody            = 1024
	maxHeader          = 60
	maxFooter          = 60
	maxButtons         = 3
	maxButtonID        = 256
	maxButtonTitle     = 20
	maxRows            = 10
	maxRowID           = 200
	maxRowTitle        = 24
	maxRowDescription  = 72
	maxSectionTitle    = 24
	maxFlowTitle       = 30
	maxAddressLength   = 2000
	maxFlowTokenLength = 512
)

// Check refuses what WhatsApp would refuse. field is the message's path in the caller's document; the error is a fault.Invalid
// that names the first bad field below it.
func (i Interactive) Check(field string) error {
	if found := i.Actions(); len(found) != 1 {
		return fault.Field(field, "informe exatamente um: buttons, list, link, flow ou askLocation")
	}
	if err := first(
		text(field+".body", i.Body, 1, maxBody),
		text(field+".footer", i.Footer, 0, maxFooter),
		i.checkHeader(field+".header"),
	); err != nil {
		return err
	}
	switch {
	case i.Buttons != nil:
		return checkButtons(field+".buttons", i.Buttons)
	case i.List != nil:
		return i.List.check(field + ".list")
	case i.Link != nil:
		return first(text(field+".link.title", i.Link.Title, 1, maxButtonTitle), address(field+".link.url", i.Link.URL))
	case i.Flow != nil:
		return i.Flow.check(field + ".flow")
	}
	if i.Footer != "" {
		return fault.Field(field+".footer", "um pedido de localização não leva rodapé")
	}
	return nil
}

func (i Interactive) checkHeader(field string) error {
	switch {
	case i.Header == nil:
		return nil
	case i.AskLocation:
		return fault.Field(field, "um pedido de localização não leva cabeçalho")
	case i.Header.Media == nil:
		return text(field+".text", i.Header.Text, 1, maxHeader)
	case i.Header.Text != "":
		return fault.Field(field+".text", "informe só um: texto ou anexo")
	case i.List != nil:
		return fault.Field(field, "uma lista só leva cabeçalho de texto")
	}
	switch i.Header.Type {
	case Image, Video, Document:
	case "":
		if i.Header.Media.MediaID != "" || IsID(i.Header.Media.ID) {
			return nil // a file of ours tells its type itself
		}
		return fault.Required(field + ".type")
	default:
		return fault.Field(field+".type", "use image, video ou document")
	}
	if i.Header.Media.ID != "" || i.Header.Media.MediaID != "" {
		return nil
	}
	if ending := LinkContradicts(i.Header.Type, i.Header.Media.Link); ending != "" {
		return fault.Field(field+".type", "um endereço que termina em %s não pode ser enviado como %s", ending, i.Header.Type)
	}
	return address(field+".url", i.Header.Media.Link)
}

func checkButtons(field string, buttons []ReplyButton) error {
	if len(buttons) < 1 || len(buttons) > maxButtons {
		return fault.Field(field, "de 1 a %d botões, vieram %d", maxButtons, len(buttons))
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for i, button := range buttons {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := first(
			text(at+".id", button.ID, 1, maxButtonID),
			text(at+".title", button.Title, 1, maxButtonTitle),
			unique(at+".id", button.ID, ids),
			unique(at+".title", button.Title, titles),
		); err != nil {
			return err
		}
	}
	return nil
}

func (m Menu) check(field string) error {
	if err := text(field+".button", m.Button, 1, maxButtonTitle); err != nil {
		return err
	}
	if len(m.Sections) == 0 {
		return fault.Required(field + ".sections")
	}
	ids, rows := map[string]bool{}, 0
	for i, section := range m.Sections {
		at := fmt.Sprintf("%s.sections[%d]", field, i)
		least := 0
		if len(m.Sections) > 1 {
			least = 1
		}
		if err := text(at+".title", section.Title, least, maxSectionTitle); err != nil {
			return err
		}
		if len(section.Rows) == 0 {
			return fault.Required(at + ".rows")
		}
		for j, row := range section.Rows {
			if err := row.check(fmt.Sprintf("%s.rows[%d]", at, j), ids); err != nil {
				return err
			}
		}
		if rows += len(section.Rows); rows > maxRows {
			return fault.Field(at+".rows", "a lista tem no máximo %d opções ao todo", maxRows)
		}
	}
	return nil
}

func (r Row) check(field string, ids map[string]bool) error {
	return first(
		text(field+".id", r.ID, 1, maxRowID),
		text(field+".title", r.Title, 1, maxRowTitle),
		text(field+".description", r.Description, 0, maxRowDescription),
		unique(field+".id", r.ID, ids),
	)
}

func (f FlowButton) check(field string) error {
	switch {
	case f.ID == "" && f.Name == "":
		return fault.Required(field + ".id")
	case f.ID != "" && f.Name != "":
		return fault.Field(field+".name", "informe só um: id ou name")
	case f.Data != nil && f.Screen == "":
		return fault.Field(field+".data", "os dados são da primeira tela: informe também screen")
	case f.Data != nil && len(f.Data) == 0:
		return fault.Field(field+".data", "vazio: deixe o campo de fora")
	}
	return first(text(field+".title", f.Title, 1, maxFlowTitle), text(field+".token", f.Token, 0, maxFlowTokenLength))
}

// text checks a text's length in characters; what only looks empty is empty.
func text(field, value string, least, most int) error {
	if least > 0 && strings.TrimSpace(value) == "" {
		return fault.Required(field)
	}
	if length := utf8.RuneCountInString(value); length > most {
		return fault.Field(field, "no máximo %d caracteres, tem %d", most, length)
	}
	return nil
}

func unique(field, value string, seen map[string]bool) error {
	if seen[value] {
		return fault.Field(field, "repetido: %q já está em outra opção", value)
	}
	seen[value] = true
	return nil
}

// address checks a public web address.
func address(field, link string) error {
	if err := text(field, link, 1, maxAddressLength); err != nil {
		return err
	}
	if !IsWebLink(link) {
		return fault.Field(field, "endereço inválido: comece com http:// ou https://")
	}
	return nil
}

// IsWebLink tells whether a text is an absolute http or https address.
func IsWebLink(link string) bool {
	parsed, err := url.Parse(link)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != ""
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
