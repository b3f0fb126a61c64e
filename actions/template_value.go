package actions

import (
	"strconv"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Value is what a caller gives for one variable: a text, or one of the others in its place.
type Value struct {
	Text  string
	Media *chat.Media
	Place *chat.Place
	Money *chat.Money // with Text for phones that cannot show it their own way
	Date  bool        // Text is a date or time
	Data  map[string]any
	Shelf *chat.Shelf
}

// Given are values by name, in the template's order, or both: the list then goes to what has no name.
type Given struct {
	Named map[string]Value
	List  []Value
}

// Texts are values that are all texts.
func Texts(named map[string]string, list []string) Given {
	var given Given
	if named != nil {
		given.Named = make(map[string]Value, len(named))
	}
	for name, text := range named {
		given.Named[name] = Value{Text: text}
	}
	if list != nil {
		given.List = make([]Value, len(list))
	}
	for i, text := range list {
		given.List[i] = Value{Text: text}
	}
	return given
}

func (v Value) empty() bool {
	noFile := v.Media == nil || v.Media.Link+v.Media.ID+v.Media.MediaID == ""
	return strings.TrimSpace(v.Text) == "" && noFile && v.Place == nil && v.Data == nil && v.Shelf == nil
}

// onlyText tells whether a value is nothing but a text.
func (v Value) onlyText() bool {
	return v.Media == nil && v.Place == nil && v.Money == nil && !v.Date && v.Data == nil && v.Shelf == nil
}

// fits tells what is wrong with a value for a variable; empty: nothing. Lengths and characters are checked with all
// else that is filled.
func (v Value) fits(variable Variable) string {
	switch variable.Kind {
	case KindText:
		if v.Media != nil || v.Place != nil || v.Data != nil || v.Shelf != nil {
			return "é um texto, uma moeda ou uma data"
		}
		if variable.Part != "body" && !v.onlyText() {
			return "é um texto"
		}
	case KindImage, KindVideo, KindDocument:
		if v.Place != nil || v.Money != nil || v.Date || v.Data != nil || v.Shelf != nil {
			return "é um anexo: um link ou {\"url\": ...} ou {\"mediaId\": ...}"
		}
	case KindLocation:
		if _, ok := v.place(); !ok {
			return "é um lugar: {\"latitude\": ..., \"longitude\": ...} ou um texto \"latitude,longitude\""
		}
	case KindProducts:
		if _, ok := v.shelf(); !ok {
			return "são produtos: {\"sections\": [{\"title\": ..., \"products\": [...]}]}"
		}
	case KindFlow:
		if v.Media != nil || v.Place != nil || v.Money != nil || v.Date || v.Shelf != nil {
			return "é o token do fluxo, ou {\"token\": ..., \"data\": {...}}"
		}
	case KindTime:
		if _, err := time.Parse(time.RFC3339, v.Text); err != nil || !v.onlyText() {
			return "é uma hora, como 2026-12-01T18:00:00-03:00"
		}
	default:
		if !v.onlyText() {
			return "é um texto"
		}
	}
	return ""
}

func (v Value) place() (*chat.Place, bool) {
	place := v.Place
	if place == nil {
		latitude, longitude, both := strings.Cut(v.Text, ",")
		north, errNorth := strconv.ParseFloat(strings.TrimSpace(latitude), 64)
		east, errEast := strconv.ParseFloat(strings.TrimSpace(longitude), 64)
		if !both || errNorth != nil || errEast != nil {
			return nil, false
		}
		place = &chat.Place{Latitude: north, Longitude: east}
	}
	return place, place.Check("") == nil && v.Media == nil && v.Shelf == nil && v.Data == nil
}

// The limits of a choice of products.
const (
	maxShelfSections = 10
	maxShelfProducts = 30
)

func (v Value) shelf() (*chat.Shelf, bool) {
	shelf := v.Shelf
	if shelf == nil {
		return &chat.Shelf{Thumbnail: v.Text}, v.onlyText()
	}
	products := 0
	for _, section := range shelf.Sections {
		products += len(section.Products)
		if strings.TrimSpace(section.Title) == "" && len(shelf.Sections) > 1 || len(section.Products) == 0 {
			return nil, false
		}
	}
	return shelf, len(shelf.Sections) <= maxShelfSections && products <= maxShelfProducts && v.Media == nil && v.Place == nil && v.Data == nil
}

// media is a header's file.
func (v Value) media() *chat.Media {
	if v.Media != nil {
		return v.Media
	}
	return &chat.Media{Link: v.Text}
}

// bad names a variable in the words of the caller's document and of people.
func bad(t chat.Template, name, format string, args ...any) *fault.Error {
	problem := fault.New(fault.TemplateParams, format, args...)
	problem.Message = "a variável " + strconv.Quote(name) + " do template " + strconv.Quote(t.Name) + " " + problem.Message
	problem.Field = "variables." + name
	return problem
}
