package sandbox

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// ShelfSection is a group of products by the shop's own ids. The sandbox has no catalogue: any id is taken.
type ShelfSection struct {
	Title    string   `json:"title,omitempty"`
	Products []string `json:"products"`
}

// What a button shows of a catalogue (Meta's page "Multi-product message templates").
const (
	mostShelfSections = 10
	mostShelfProducts = 30
	longestShelfTitle = 24
)

// shelf fills the button of a catalogue, which needs nothing, or of a choice of products, which needs the products.
func (f *buttonFilling) shelf(button Button) (Button, *graphError) {
	if button.Type == "catalog" && (f.sent == nil || strings.EqualFold(f.sent.SubType, "catalog") && len(f.sent.Parameters) == 0) {
		return button, nil
	}
	parameter, refused := f.parameter(button.Type, "action", 131008)
	switch {
	case refused != nil:
		return button, refused
	case parameter.Action == nil:
		return button, refuse(132012, "buttons: Button at index %d of type %s requires an action", f.index, metasName[button.Type])
	case parameter.Action.FlowToken != "" || given(parameter.Action.FlowData):
		return button, refuse(132018, "buttons: Button at index %d of type %s takes no flow", f.index, metasName[button.Type])
	case button.Type == "catalog" && parameter.Action.Sections != nil:
		return button, refuse(132018, "buttons: Button at index %d of type Catalog takes no sections", f.index)
	case button.Type == "mpm":
		button.Shelf, refused = f.sections(parameter.Action)
	}
	return button, refused
}

func (f *buttonFilling) sections(action *sendAction) ([]ShelfSection, *graphError) {
	wrong := func(words string) ([]ShelfSection, *graphError) {
		return nil, refuse(132018, "buttons: Button at index %d of type Mpm %s", f.index, words)
	}
	if action.Thumbnail == "" {
		return wrong("requires a thumbnail_product_retailer_id")
	}
	if n := len(action.Sections); n < 1 || n > mostShelfSections {
		return wrong("takes from 1 to 10 sections")
	}
	var shelf []ShelfSection
	count := 0
	for _, section := range action.Sections {
		shown := ShelfSection{Title: section.Title}
		for _, product := range section.Products {
			if product.ID == "" {
				return wrong("has a product without product_retailer_id")
			}
			shown.Products = append(shown.Products, product.ID)
		}
		count += len(shown.Products)
		switch {
		case len(shown.Products) == 0:
			return wrong("has a section without products")
		case section.Title == "" && len(action.Sections) > 1:
			return wrong("has a section without title beside another")
		case utf8.RuneCountInString(section.Title) > longestShelfTitle:
			return wrong("has a section whose title is longer than 24 characters")
		case count > mostShelfProducts:
			return wrong("takes at most 30 products")
		}
		shelf = append(shelf, shown)
	}
	return shelf, nil
}

// given tells whether a key came with a value.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
}
