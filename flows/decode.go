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
		return Problems{decodeError(path, err)}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Problems{fault.Field(orDocument(path), "há texto sobrando depois do JSON")}
	}
	var problems Problems
	unknownFields(path, body, reflect.TypeOf(into), &problems)
	return problems.orNil()
}

func decodeError(path string, err error) *fault.Error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		at := join(path, wrongType.Field)
		return fault.Field(orDocument(at), "valor do tipo errado: veio %s, esperava %s", wrongType.Value, kindInWords(wrongType.Type))
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return fault.Field(orDocument(path), "%s", own.Message)
	}
	return fault.Field(orDocument(path), "JSON inválido: %s", err)
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

// unknownFields walks the JSON beside the type that it was read into.
func unknownFields(path string, body []byte, kind reflect.Type, problems *Problems) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case readsItself(kind):
	case kind.Kind() == reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(body, &members) != nil {
			return
		}
		fields := jsonFields(kind)
		for _, name := range sortedKeys(members) {
			field, known := fields[strings.ToLower(name)]
			if !known {
				*problems = append(*problems, fault.Field(orDocument(join(path, name)), "campo desconhecido: %q", name))
				continue
			}
			unknownFields(join(path, name), members[name], field, problems)
		}
	case kind.Kind() == reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(body, &items) != nil {
			return
		}
		for i, item := range items {
			unknownFields(path+"["+strconv.Itoa(i)+"]", item, kind.Elem(), problems)
		}
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
