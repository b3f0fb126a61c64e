package typebot

import (
	"strconv"
	"strings"

	"retoma/internal/fault"
)

// leafText gives the text of a rich-text tree. Typebot's editor (Plate) makes blocks (p, ul, ol, li, lic) that hold text leaves and
// links (a); the values of variables come parsed as Markdown, so blocks may stand inside a paragraph and inside wrappers
// (variable, inline-variable).
func leafText(root any) (string, error) {
	var w leafWriter
	if err := w.siblings(asList(root), false, 1); err != nil {
		return "", err
	}
	return w.out.String(), nil
}

type leafWriter struct{ out strings.Builder }

// siblings writes nodes that stand side by side. In a line of text only two blocks are separated by a line break,
// elsewhere everything but two pieces of a line.
func (w *leafWriter) siblings(nodes []any, inLine bool, depth int) error {
	if depth > deepestNode {
		return fault.Field("content.richText", "o balão tem mais de %d níveis", deepestNode)
	}
	for at, node := range nodes {
		if at > 0 {
			before, after := isPiece(nodes[at-1]), isPiece(node)
			if (!before && !after) || (!inLine && before != after) {
				w.out.WriteByte('\n')
			}
		}
		if err := w.node(node, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *leafWriter) node(node any, depth int) error {
	switch value := node.(type) {
	case string:
		w.out.WriteString(value)
	case float64:
		w.out.WriteString(strconv.FormatFloat(value, 'f', -1, 64))
	case []any:
		return w.siblings(value, false, depth+1)
	case map[string]any:
		if text, present := value["text"]; present {
			if err := w.node(text, depth+1); err != nil {
				return err
			}
		}
		return w.siblings(asList(value["children"]), isLine(value), depth+1)
	}
	return nil
}

// asList makes one node a list of one; nothing becomes no nodes.
func asList(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	}
	return []any{value}
}

// isPiece tells whether a node is a piece of a line: a text leaf, a link, a variable inside a sentence.
func isPiece(node any) bool {
	element, isElement := node.(map[string]any)
	if !isElement {
		_, isList := node.([]any)
		return !isList
	}
	switch element["type"] {
	case "a", "inline-variable":
		return true
	}
	_, isLeaf := element["text"]
	return isLeaf
}

// isLine tells whether a node's children make up one line of text.
func isLine(element map[string]any) bool {
	switch element["type"] {
	case "p", "lic", "a", "inline-variable", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}
