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

// shape says which of a value's kinds are there, beside or in place of its text.
type shape struct{ file, place, money, date, data, shelf bool }

func (v Value) shape() shape {
	return shape{v.Media != nil, v.Place != nil, v.Money != nil, v.Date, v.Data != nil, v.Shelf != nil}
}

// within tells whether a value is of no other kind than those.
func (s shape) within(allowed shape) bool {
	return (!s.file || allowed.file) && (!s.place || allowed.place) && (!s.money || allowed.money) && (!s.date || allowed.date) &&
		(!s.data || allowed.data) && (!s.shelf || allowed.shelf)
}

// fits tells what is wrong with a value for a variable; empty: nothing. Lengths and characters are checked with all
// else that is filled.
func (v Value) fits(variable Variable) string {
	allowed, says := takes(variable)
	_, isPlace := v.place()
	_, isShelf := v.shelf()
	_, notTime := time.Parse(time.RFC3339, v.Text)
	switch {
	case !v.shape().within(allowed),
		variable.Kind == KindLocation && !isPlace,
		variable.Kind == KindProducts && !isShelf,
		variable.Kind == KindTime && notTime != nil:
		return says
	}
	return ""
}

// takes says what a variable may be given beside a text, and how people are told.
func takes(variable Variable) (shape, string) {
	switch variable.Kind {
	case KindText:
		if variable.Part == "body" {
			return shape{money: true, date: true}, "é um texto, uma moeda ou uma data"
		}
	case KindImage, KindVideo, KindDocument:
		return shape{file: true}, `é um anexo: um link ou {"url": ...} ou {"mediaId": ...}`
	case KindLocation:
		return shape{place: true}, `é um lugar: {"latitude": ..., "longitude": ...} ou um texto "latitude,longitude"`
	case KindProducts:
		return shape{shelf: true}, `são produtos: {"sections": [{"title": ..., "products": [...]}]}`
	case KindFlow:
		return shape{data: true}, `é o token do fluxo, ou {"token": ..., "data": {...}}`
	case KindTime:
		return shape{}, "é uma hora, como 2026-12-01T18:00:00-03:00"
	}
	return shape{}, "é um texto"
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
	return place, place.Check("") == nil
}

// The limits of a choice of products.
const (
	maxShelfSections = 10
	maxShelfProducts = 30
	maxShelfTitle    = 24
)

func (v Value) shelf() (*chat.Shelf, bool) {
	shelf := v.Shelf
	if shelf == nil {
		return &chat.Shelf{Thumbnail: v.Text}, true
	}
	products := 0
	for _, section := range shelf.Sections {
		products += len(section.Products)
		if strings.TrimSpace(section.Title) == "" && len(shelf.Sections) > 1 || len(section.Products) == 0 {
			return nil, false
		}
	}
	return shelf, len(shelf.Sections) <= maxShelfSections && products <= maxShelfProducts
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
