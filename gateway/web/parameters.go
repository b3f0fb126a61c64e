package web

import (
	"reflect"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/fault"
)

// parametersOf are the names of a handler's query parameters, sorted.
func parametersOf(in reflect.Type) []string {
	names := []string{}
	for _, field := range reflect.VisibleFields(in) {
		if name, _, _ := strings.Cut(field.Tag.Get("query"), ","); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// onlyKnown refuses query parameters that the route does not have: a filter that is misspelled would list everything.
func onlyKnown(known []string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		for key := range c.Context().QueryArgs().All() {
			name := Nameable(string(key))
			if slices.Contains(known, name) {
				continue
			}
			if len(known) == 0 {
				return fault.Field(name, "parâmetro desconhecido: este endereço não tem nenhum")
			}
			return fault.Field(name, "parâmetro desconhecido: use %s", Joined(known))
		}
		return c.Next()
	}
}
