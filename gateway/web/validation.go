package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/internal/fault"
)

var failureType = reflect.TypeFor[Failure]()

// translateFailure turns the framework's own errors into ours. Values of the caller are never repeated.
func translateFailure(ctx huma.Context, _ string, v any) (any, error) {
	model, foreign := v.(*huma.ErrorModel)
	if !foreign {
		return v, nil
	}
	var body reflect.Type
	if op := ctx.Operation(); op != nil {
		body, _ = op.Metadata[bodyType].(reflect.Type)
	}
	answer := translate(model, body)
	if own, can := ctx.(*answering); can {
		own.forced = answer.Status
	}
	ctx.SetHeader(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return answer, nil
}

func translate(model *huma.ErrorModel, body reflect.Type) *Failure {
	switch model.Status {
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout:
		return FailureOf(fault.New(codeOfStatus(model.Status), "%s", textOfStatus(model.Status)))
	case http.StatusInternalServerError:
		return FailureOf(fault.New(fault.Internal, "erro interno"))
	}
	if len(model.Errors) == 0 {
		return FailureOf(fault.Required("body"))
	}
	found := make([]finding, 0, len(model.Errors))
	for _, detail := range model.Errors {
		found = append(found, read(detail))
	}
	slices.SortStableFunc(found, func(a, b finding) int { return compareFindings(body, a, b) })
	return FailureOf(fault.Field(found[0].field, "%s", found[0].what))
}

// finding is one mistake in a request.
type finding struct {
	field   string
	what    string
	unknown bool
}

// compareFindings puts fields that nobody reads first, because they are most often the cause of one that is missing;
// the others follow in the order in which the endpoint's fields are documented.
func compareFindings(body reflect.Type, a, b finding) int {
	if a.unknown != b.unknown {
		if a.unknown {
			return -1
		}
		return 1
	}
	if a.unknown {
		return strings.Compare(a.field, b.field)
	}
	return slices.Compare(placeOf(body, a.field), placeOf(body, b.field))
}

var pathPart = regexp.MustCompile(`[^.\[\]]+`)

// placeOf is where a path stands among the declared fields.
func placeOf(body reflect.Type, path string) []int {
	var place []int
	for _, part := range pathPart.FindAllString(path, -1) {
		for body != nil && body.Kind() == reflect.Pointer {
			body = body.Elem()
		}
		switch {
		case body == nil:
			return place
		case body.Kind() == reflect.Struct:
			field, index := fieldCalled(body, part)
			place = append(place, index)
			body = field
		case body.Kind() == reflect.Slice:
			place = append(place, statusNumber(part))
			body = body.Elem()
		default:
			return place
		}
	}
	return place
}

func fieldCalled(kind reflect.Type, name string) (reflect.Type, int) {
	for i, field := range reflect.VisibleFields(kind) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if strings.EqualFold(tag, name) {
			return field.Type, i
		}
	}
	return nil, kind.NumField()
}

var missing = regexp.MustCompile(`^expected required property (.+) to be present$`)

// read says in our words what the framework found.
func read(detail *huma.ErrorDetail) finding {
	field := strings.TrimPrefix(detail.Location, "body")
	for _, place := range []string{"query", "path", "header"} {
		field = strings.TrimPrefix(field, place)
	}
	field = strings.TrimPrefix(field, ".")
	if name := missing.FindStringSubmatch(detail.Message); name != nil {
		return finding{field: strings.TrimPrefix(field+"."+name[1], "."), what: "Required"}
	}
	if place, misfit := strings.CutPrefix(detail.Message, outOfRange); misfit {
		return finding{field: place, what: tooLargeNumber}
	}
	if detail.Message == "unexpected property" {
		return finding{field: field, what: "campo desconhecido", unknown: true}
	}
	if field == "" {
		field = "body"
	}
	if detail.Value == nil && strings.HasPrefix(detail.Message, "expected ") {
		return finding{field: field, what: "Required"}
	}
	return finding{field: field, what: inPortuguese(detail.Message)}
}

// phrases are the framework's messages, in the order in which they are tried; $1 is what the pattern caught.
func phrases() []phrase {
	return []phrase{
		{`^required \w+ parameter is missing$`, "Required"},
		{`^expected length >= 1$`, "Required"},
		{`^expected length >= (\d+)$`, "no mínimo $1 caracteres"},
		{`^expected length <= (\d+)$`, "no máximo $1 caracteres"},
		{`^expected array length >= (\d+)$`, "no mínimo $1 itens"},
		{`^expected array length <= (\d+)$`, "no máximo $1 itens"},
		{`^expected number >= (\S+)$`, "deve ser no mínimo $1"},
		{`^expected number <= (\S+)$`, "deve ser no máximo $1"},
		{`^expected value to be one of "(.+)"$`, "use um destes: $1"},
		{`^expected string to be RFC 3339 date-time$`, "esperava data e hora ISO 8601, como 2026-01-20T14:00:00Z"},
		{`^expected boolean$|^invalid boolean$`, "esperava true ou false"},
		{`^expected integer$|^invalid integer$`, "esperava um número inteiro"},
		{`^expected number$|^invalid float$`, "esperava um número"},
		{`^expected string$`, "esperava um texto"},
		{`^expected array$`, "esperava uma lista"},
		{`^expected object$`, "esperava um objeto"},
		{`^(JSON .+)$`, "$1"},
	}
}

type phrase struct{ pattern, text string }

func inPortuguese(message string) string {
	for _, phrase := range phrases() {
		pattern := regexp.MustCompile(phrase.pattern)
		if pattern.MatchString(message) {
			return pattern.ReplaceAllString(message, phrase.text)
		}
	}
	return "valor inválido"
}

// deepest is how deep a body may be nested.
const deepest = 64

// ReadJSON reads a body: not too deep, nothing after it. Its errors do not repeat what was sent.
func ReadJSON(body []byte, into any) error {
	if TooDeep(body) {
		return errors.New("JSON com níveis demais")
	}
	err := json.Unmarshal(body, into)
	var wrongType *json.UnmarshalTypeError
	var broken *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType) && strings.HasPrefix(wrongType.Value, "number "):
		return errors.New(outOfRange + pathAt(body, wrongType.Offset))
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return errors.New("JSON com valor do tipo errado")
	case errors.As(err, &wrongType):
		return errors.New("JSON com valor do tipo errado em " + wrongType.Field)
	case errors.As(err, &broken):
		return errors.New("JSON inválido")
	}
	return errors.New("JSON com valor inválido")
}

// TooDeep counts brackets outside of texts; it runs before anything is allocated.
func TooDeep(body []byte) bool {
	depth, inText := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// DecodeBody reads the body of a plain handler like ReadJSON; its errors are validation errors.
func DecodeBody(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return fault.Required("body")
	}
	return BodyFault(ReadJSON(body, into))
}

// outOfRange begins the error about a number that no reader can take; its path follows.
const outOfRange = "JSON com um número fora dos limites em "

const tooLargeNumber = "número fora dos limites"

// BodyFault says which field is wrong with a body, if one is.
func BodyFault(err error) error {
	if err == nil {
		return nil
	}
	if place, misfit := strings.CutPrefix(err.Error(), outOfRange); misfit {
		return fault.Field(place, tooLargeNumber)
	}
	return fault.Field("body", "%s", err)
}
