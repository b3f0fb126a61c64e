package expr

import (
	"github.com/expr-lang/expr/ast"
)

// Needs are the values that a path, such as contact.stage, must have one of for the condition to be true. They are read
// from parts that are joined by "and" at the top of the condition: path == "text", or path in ["text", ...]. Whoever has
// many conditions can look them up by value in place of asking each.
// ok is false where the condition says nothing so simple of the path.
func (c *Condition) Needs(path string) (values []string, ok bool) {
	values, ok = c.needs[path]
	return values, ok
}

// needsOf reads what a condition needs. Of two parts about one path the first counts: both must hold.
func needsOf(node ast.Node) map[string][]string {
	needs := map[string][]string{}
	gatherNeeds(node, needs)
	return needs
}

func gatherNeeds(node ast.Node, into map[string][]string) {
	binary, isBinary := node.(*ast.BinaryNode)
	if !isBinary {
		return
	}
	var values []string
	switch binary.Operator {
	case "and", "&&":
		gatherNeeds(binary.Left, into)
		gatherNeeds(binary.Right, into)
		return
	case "==":
		if text, isText := binary.Right.(*ast.StringNode); isText {
			values = []string{text.Value}
		}
	case "in":
		values = textsOf(binary.Right)
	}
	path := dottedPath(binary.Left)
	if _, known := into[path]; path != "" && values != nil && !known {
		into[path] = values
	}
}

// textsOf are the texts of a list that holds nothing else; nil for anything else.
func textsOf(node ast.Node) []string {
	list, isList := node.(*ast.ArrayNode)
	if !isList {
		return nil
	}
	texts := make([]string, 0, len(list.Nodes))
	for _, item := range list.Nodes {
		text, isText := item.(*ast.StringNode)
		if !isText {
			return nil
		}
		texts = append(texts, text.Value)
	}
	return texts
}

// dottedPath is name.member as the author would write it; empty for anything else.
func dottedPath(node ast.Node) string {
	member, isMember := node.(*ast.MemberNode)
	if !isMember || member.Optional {
		return ""
	}
	root, isName := member.Node.(*ast.IdentifierNode)
	field, isText := member.Property.(*ast.StringNode)
	if !isName || !isText {
		return ""
	}
	return root.Value + "." + field.Value
}
