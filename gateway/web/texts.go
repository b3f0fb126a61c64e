package web

import (
	"maps"
	"slices"
	"strings"
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

// Clause makes a sentence go on within another.
func Clause(sentence string) string {
	sentence = strings.TrimRight(sentence, ".")
	for article, small := range map[string]string{"A ": "a ", "O ": "o "} {
		if rest, cut := strings.CutPrefix(sentence, article); cut {
			return small + rest
		}
	}
	return sentence
}
