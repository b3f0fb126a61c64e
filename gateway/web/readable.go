package web

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"retoma/internal/fault"
)

// readable refuses what no text can be made of in a request's address and in its Idempotency-Key: a NUL, and what is not
// UTF-8. PostgreSQL takes neither, and no id, name or cursor has them.
func readable(c *fiber.Ctx) error {
	for _, name := range c.Route().Params {
		// What is wrongly escaped stays as it came, and names nothing.
		if plain, err := url.PathUnescape(c.Params(name)); (err == nil && !isText(plain)) || !isText(c.Params(name)) {
			return unreadable(Nameable(name))
		}
	}
	for name, value := range c.Context().QueryArgs().All() {
		if !isText(string(name)) || !isText(string(value)) {
			return unreadable(Nameable(string(name)))
		}
	}
	return readableKey(strings.TrimSpace(c.Get(HeaderKey)))
}

// readableKey demands of an idempotency key that it can be shown to people: it stands in the log and in events' names.
func readableKey(key string) error {
	switch {
	case !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fault.Field(HeaderKey, "use só caracteres visíveis, em UTF-8")
	case utf8.RuneCountInString(key) > maxKey:
		return fault.Field(HeaderKey, "no máximo %d caracteres", maxKey)
	}
	return nil
}

func unreadable(name string) error {
	return fault.Field(name, "use texto em UTF-8, sem o caractere nulo")
}

func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// IsName tells whether a text of another platform can be kept and looked up: PostgreSQL takes no NUL, and no id has a line.
func IsName(text string) bool {
	return !strings.ContainsFunc(text, func(character rune) bool { return character < ' ' || character == utf8.RuneError })
}

// longestName is the longest name of a parameter that an answer repeats.
const longestName = 40

// Nameable is a parameter's name as it may stand in an answer.
func Nameable(name string) string {
	if len(name) > longestName || !isText(name) {
		return "query"
	}
	return name
}
