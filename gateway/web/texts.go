package web

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// SortedKeys are a map's keys in order.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Unique trims texts, and keeps each one once and the empty ones not at all.
func Unique(texts []string) []string {
	kept := []string{}
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// Joined is a list as people read it.
func Joined(names []string) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// FirstOf is the first of several reasons that says anything.
func FirstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return "motivo não registrado"
}

// FirstByte is the first byte of a text that is no space; 0 if there is none.
func FirstByte(body []byte) byte {
	for _, c := range body {
		if c > ' ' {
			return c
		}
	}
	return 0
}

// Clause makes a sentence go on within another: without its full stop, and without its capital, unless a name begins it.
func Clause(sentence string) string {
	sentence = strings.TrimRight(sentence, ".")
	first, _, _ := strings.Cut(sentence, " ")
	letters := []rune(first)
	if len(letters) == 0 || slices.Contains([]string{"Meta", "Brasil", "Typebot", "Graph"}, strings.TrimRight(first, ",;:")) {
		return sentence
	}
	for _, letter := range letters[1:] {
		if !unicode.IsLower(letter) && letter != ',' && letter != ':' && letter != ';' && letter != '-' {
			return sentence // WhatsApp, SAIR, #131047
		}
	}
	return string(unicode.ToLower(letters[0])) + sentence[len(string(letters[0])):]
}
