package meta

import (
	"strconv"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

type templateOut struct {
	Name       string         `json:"name"`
	Language   languageOut    `json:"language"`
	Components []componentOut `json:"components,omitempty"`
}

type languageOut struct {
	Code string `json:"code"`
}

// componentOut is one filled part of a template. A part without variables is omitted (providers.md section 1.2).
type componentOut struct {
	Type       string         `json:"type"`
	SubType    string         `json:"sub_type,omitempty"`
	Index      string         `json:"index,omitempty"`
	Parameters []parameterOut `json:"parameters"`
}

type parameterOut struct {
	Type       string    `json:"type"`
	Name       string    `json:"parameter_name,omitempty"`
	Text       string    `json:"text,omitempty"`
	Payload    string    `json:"payload,omitempty"`
	CouponCode string    `json:"coupon_code,omitempty"`
	Image      *mediaOut `json:"image,omitempty"`
	Video      *mediaOut `json:"video,omitempty"`
	Document   *mediaOut `json:"document,omitempty"`
}

// fillTemplate makes the template object: header, body and buttons in the order in which Meta shows them.
func fillTemplate(template chat.FilledTemplate) (*templateOut, error) {
	if template.Name == "" || template.Language == "" {
		return nil, fault.New(fault.TemplateNotFound, "modelo sem nome ou sem idioma")
	}
	out := &templateOut{Name: template.Name, Language: languageOut{Code: languageCode(template.Language)}}
	for _, part := range []struct {
		name       string
		parameters []chat.Parameter
	}{{"header", template.Header}, {"body", template.Body}} {
		if len(part.parameters) == 0 {
			continue
		}
		component := componentOut{Type: part.name}
		for i, parameter := range part.parameters {
			filled, err := fillParameter(part.name, i, parameter)
			if err != nil {
				return nil, err
			}
			component.Parameters = append(component.Parameters, filled)
		}
		out.Components = append(out.Components, component)
	}
	for _, button := range template.Buttons {
		component, err := fillButton(button)
		if err != nil {
			return nil, err
		}
		out.Components = append(out.Components, component)
	}
	return out, nil
}

func fillParameter(part string, index int, parameter chat.Parameter) (parameterOut, error) {
	field := "template." + part + "[" + strconv.Itoa(index) + "]"
	kind := parameter.Type
	if kind == "" || kind == chat.Text {
		text, err := parameterText(field, parameter.Text)
		return parameterOut{Type: "text", Name: parameter.Name, Text: text}, err
	}
	if part != "header" {
		return parameterOut{}, badParameter(field, "só o cabeçalho leva anexo")
	}
	media, err := mediaOf(parameter.Media)
	if err != nil {
		return parameterOut{}, err
	}
	out := parameterOut{Type: string(kind), Name: parameter.Name}
	switch kind {
	case chat.Image:
		out.Image = media
	case chat.Video:
		out.Video = media
	case chat.Document:
		media.FileName = clean(parameter.Media.FileName)
		out.Document = media
	default:
		return parameterOut{}, badParameter(field, "cabeçalho do tipo "+string(kind)+" não existe: use texto, imagem, vídeo ou documento")
	}
	return out, nil
}

func fillButton(button chat.ButtonParameter) (componentOut, error) {
	field := "template.buttons[" + strconv.Itoa(button.Index) + "]"
	text, err := parameterText(field, button.Text)
	if err != nil {
		return componentOut{}, err
	}
	out := componentOut{Type: "button", SubType: button.SubType, Index: strconv.Itoa(button.Index)}
	switch button.SubType {
	case "url":
		out.Parameters = []parameterOut{{Type: "text", Text: text}}
	case "quick_reply":
		out.Parameters = []parameterOut{{Type: "payload", Payload: text}}
	case "copy_code":
		out.Parameters = []parameterOut{{Type: "coupon_code", CouponCode: text}}
	default:
		return componentOut{}, badParameter(field, "botão do tipo "+button.SubType+" não leva variável")
	}
	return out, nil
}

// parameterText refuses what Meta would refuse with 132018 (or an older 100 or 132012), naming the variable.
func parameterText(field, text string) (string, error) {
	text = clean(text)
	switch {
	case strings.TrimSpace(text) == "":
		return "", badParameter(field, "variável vazia")
	case strings.ContainsAny(text, "\n\r\t"):
		return "", badParameter(field, "variável com quebra de linha ou tabulação")
	case strings.Contains(text, "     "):
		return "", badParameter(field, "variável com mais de 4 espaços seguidos")
	}
	return text, nil
}

func badParameter(field, what string) error {
	return &fault.Error{Code: fault.TemplateParams, Field: field, Message: what, Detail: field + ": refused before sending"}
}
