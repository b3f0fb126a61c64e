package flows

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"retoma/internal/fault"
)

// maxDefinitionBytes bounds a definition's JSON.
const maxDefinitionBytes = 256 << 10

// ParseDefinition reads a hand-made flow. The error is [Problems]: text that is no JSON, a value of the wrong kind,
// and every field that nobody reads, each with its path.
func ParseDefinition(body []byte) (Definition, error) {
	var definition Definition
	if len(body) > maxDefinitionBytes {
		return definition, Problems{tooLong()}
	}
	err := DecodeStrict("", body, &definition)
	return definition, err
}

func tooLong() *fault.Error {
	return fault.Field("nodes", "o fluxo é grande demais: no máximo %d KiB", maxDefinitionBytes>>10)
}

// DecodeStrict reads JSON into the struct that into points to. path is put before every path in the errors, which are
// [Problems]: the first value of the wrong kind, or every field that the struct does not have.
func DecodeStrict(path string, body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(into); err != nil {
		return Problems{decodeError(path, body, into, err)}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Problems{fault.Field(orDocument(path), "há texto sobrando depois do JSON")}
	}
	var problems Problems
	unknownFields(path, body, reflect.TypeOf(into), &problems)
	return problems.orNil()
}

func decodeError(path string, body []byte, into any, err error) *fault.Error {
	if !json.Valid(body) {
		return fault.Field(orDocument(path), "JSON inválido: %s", err)
	}
	path, err = locate(path, body, reflect.TypeOf(into), err)
	var wrongType *json.UnmarshalTypeError
	var own *fault.Error
	switch {
	case errors.As(err, &wrongType):
		return fault.Field(orDocument(path), "valor do tipo errado: veio %s, esperava %s", wrongType.Value, kindInWords(wrongType.Type))
	case errors.As(err, &own):
		return fault.Field(orDocument(path), "%s", own.Message)
	}
	return fault.Field(orDocument(path), "valor inválido: %s", err)
}

// locate follows an error down to the innermost value that cannot be read: encoding/json does not say which item of a
// list it means.
func locate(path string, body []byte, kind reflect.Type, err error) (string, error) {
	for _, part := range partsOf(path, body, kind) {
		if part.kind == nil {
			continue
		}
		if inner := json.Unmarshal(part.body, reflect.New(part.kind).Interface()); inner != nil {
			return locate(part.path, part.body, part.kind, inner)
		}
	}
	return path, err
}

func kindInWords(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.String:
		return "um texto"
	case reflect.Bool:
		return "true ou false"
	case reflect.Slice, reflect.Array:
		return "uma lista"
	case reflect.Struct, reflect.Map:
		return "um objeto"
	case reflect.Int, reflect.Int64, reflect.Int32:
		return "um número inteiro"
	}
	return "um número"
}

// part is one member or item of a JSON value, beside the type that it is read into; the type is nil if there is none.
type part struct {
	path string
	name string
	body []byte
	kind reflect.Type
}

// partsOf takes a JSON value apart as the type reads it, in a fixed order; a value that reads itself has no parts.
func partsOf(path string, body []byte, kind reflect.Type) []part {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	var parts []part
	switch {
	case readsItself(kind):
	case kind.Kind() == reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(body, &members) != nil {
			return nil
		}
		fields := jsonFields(kind)
		for _, name := range sortedKeys(members) {
			parts = append(parts, part{join(path, name), name, members[name], fields[strings.ToLower(name)]})
		}
	case kind.Kind() == reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(body, &items) != nil {
			return nil
		}
		for i, item := range items {
			parts = append(parts, part{path + "[" + strconv.Itoa(i) + "]", "", item, kind.Elem()})
		}
	}
	return parts
}

// unknownFields walks the JSON beside the type that it was read into.
func unknownFields(path string, body []byte, kind reflect.Type, problems *Problems) {
	for _, part := range partsOf(path, body, kind) {
		if part.kind == nil {
			*problems = append(*problems, fault.Field(orDocument(part.path), "campo desconhecido: %q", part.name))
			continue
		}
		unknownFields(part.path, part.body, part.kind, problems)
	}
}

func readsItself(kind reflect.Type) bool {
	pointer := reflect.PointerTo(kind)
	return pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) || pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// jsonFields gives the types of a struct's fields by their JSON names in lower case, as encoding/json matches them.
func jsonFields(kind reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(kind) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || field.Anonymous || !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		fields[strings.ToLower(name)] = field.Type
	}
	return fields
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// join puts a dot between two parts of a path, if there are two.
func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "" || name[0] == '[':
		return path + name
	}
	return path + "." + name
}

func orDocument(path string) string {
	if path == "" {
		return "body"
	}
	return path
}
