package typebot

import "encoding/json"

// formOf tells whether the rich text of a bubble holds links and marks.
func formOf(content json.RawMessage) (links, marks bool) {
	var root any
	if json.Unmarshal(content, &root) != nil {
		return false, false
	}
	walkForm(root, 0, &links, &marks)
	return links, marks
}

func walkForm(node any, depth int, links, marks *bool) {
	if depth > 2*deepestNode {
		return
	}
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			walkForm(child, depth+1, links, marks)
		}
	case map[string]any:
		*links = *links || node["type"] == "a"
		for _, mark := range []string{"bold", "italic", "underline"} {
			*marks = *marks || node[mark] == true
		}
		walkForm(node["richText"], depth+1, links, marks)
		walkForm(node["children"], depth+1, links, marks)
	}
}
