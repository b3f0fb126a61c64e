package meta

import "retoma/internal/chat"

type parameterOut struct {
	Type       string       `json:"type"`
	Name       string       `json:"parameter_name,omitempty"`
	Text       string       `json:"text,omitempty"`
	Payload    string       `json:"payload,omitempty"`
	CouponCode string       `json:"coupon_code,omitempty"`
	Image      *mediaOut    `json:"image,omitempty"`
	Video      *mediaOut    `json:"video,omitempty"`
	Document   *mediaOut    `json:"document,omitempty"`
	Location   *placeOut    `json:"location,omitempty"`
	Currency   *currencyOut `json:"currency,omitempty"`
	DateTime   *dateTimeOut `json:"date_time,omitempty"`
	Action     *actionOut   `json:"action,omitempty"`
	Offer      *offerOut    `json:"limited_time_offer,omitempty"`
}

type currencyOut struct {
	Shown      string `json:"fallback_value"`
	Code       string `json:"code"`
	Thousandth int64  `json:"amount_1000"`
}

type dateTimeOut struct {
	Shown string `json:"fallback_value"`
}

type actionOut struct {
	Token     string            `json:"flow_token,omitempty"`
	Data      map[string]any    `json:"flow_action_data,omitempty"`
	Thumbnail string            `json:"thumbnail_product_retailer_id,omitempty"`
	Sections  []shelfSectionOut `json:"sections,omitempty"`
}

type shelfSectionOut struct {
	Title    string       `json:"title,omitempty"`
	Products []productOut `json:"product_items"`
}

type productOut struct {
	ID string `json:"product_retailer_id"`
}

type offerOut struct {
	Ends int64 `json:"expiration_time_ms"`
}

func fillParameter(field, part string, parameter chat.Parameter) (parameterOut, error) {
	kind := parameter.Type
	if kind == "" || kind == chat.Text {
		return textParameter(field, part, parameter)
	}
	if part != "header" {
		return parameterOut{}, badParameter(field, "só o cabeçalho leva anexo")
	}
	out := parameterOut{Type: string(kind), Name: parameter.Name}
	if kind == chat.Location {
		if parameter.Place == nil {
			return parameterOut{}, badParameter(field, "cabeçalho de localização sem lugar")
		}
		out.Location = placeOf(*parameter.Place)
		return out, nil
	}
	media, err := mediaOf(parameter.Media)
	if err != nil {
		return parameterOut{}, err
	}
	switch kind {
	case chat.Image:
		out.Image = media
	case chat.Video:
		out.Video = media
	case chat.Document:
		media.FileName = clean(parameter.Media.FileName)
		out.Document = media
	default:
		return parameterOut{}, badParameter(field, "cabeçalho do tipo "+string(kind)+" não existe: use texto, imagem, vídeo, documento ou localização")
	}
	return out, nil
}

// textParameter is a text; in a body it may be an amount or a date, whose text is for phones that cannot show it their way.
func textParameter(field, part string, parameter chat.Parameter) (parameterOut, error) {
	text, err := parameterText(field, parameter.Text)
	switch {
	case err != nil:
		return parameterOut{}, err
	case part == "body" && parameter.Money != nil:
		return parameterOut{Type: "currency", Name: parameter.Name,
			Currency: &currencyOut{Shown: text, Code: parameter.Money.Currency, Thousandth: parameter.Money.Thousandth}}, nil
	case part == "body" && parameter.Date:
		return parameterOut{Type: "date_time", Name: parameter.Name, DateTime: &dateTimeOut{Shown: text}}, nil
	}
	return parameterOut{Type: "text", Name: parameter.Name, Text: text}, nil
}

func shelfOf(shelf chat.Shelf) *actionOut {
	out := &actionOut{Thumbnail: clean(shelf.Thumbnail)}
	for _, section := range shelf.Sections {
		shown := shelfSectionOut{Title: clean(section.Title)}
		for _, product := range section.Products {
			shown.Products = append(shown.Products, productOut{clean(product)})
		}
		out.Sections = append(out.Sections, shown)
	}
	return out
}
