package gateway

import (
	"maps"
	"slices"
	"strings"
)

// sortedKeys are a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// unique trims texts, and keeps each one once and the empty ones not at all.
func unique(texts []string) []string {
	kept := []string{}
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// joined is a list as people read it.
func joined(names []string) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// firstOf is the first of several reasons that says anything.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return "motivo não registrado"
}

// firstByte is the first byte of a text that is no space; 0 if there is none.
func firstByte(body []byte) byte {
	for _, c := range body {
		if c > ' ' {
			return c
		}
	}
	return 0
}
