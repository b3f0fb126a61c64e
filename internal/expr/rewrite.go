package expr

import (
	"regexp"

	"github.com/expr-lang/expr/ast"
)

// loops are the library's loops that authors may use, and whether their body is a yes or no.
// reduce, sortBy, groupBy and their like are left out: they build or compare without limit.
var loops = map[string]bool{"all": true, "any": true, "none": true, "one": true, "filter": true, "count": true, "map": false}

// rewriter turns an author's tree into a safe one: what grows with data becomes a call of our own metered function,
// member access becomes nil-safe, loops pay for each pass, and what is not named here is refused.
type rewriter struct {
	source string
	// visited counts the nodes seen, the price of a loop's pass.
	visited int
	// booleans are the calls we made that always give a bool.
	booleans map[ast.Node]bool
	err      error
}

func rewriteCondition(source string, root ast.Node) (ast.Node, error) {
	r := &rewriter{source: source, booleans: map[ast.Node]bool{}}
	safe := r.truth(r.rewrite(root, 0))
	return safe, r.err
}

// refuse keeps the first mistake.
func (r *rewriter) refuse(node ast.Node, format string, args ...any) ast.Node {
	if r.err == nil {
		r.err = conditionError(positionOfRune(r.source, node.Location().From), format, args...)
	}
	return node
}

// rewrite gives the safe form of a node that stands inside depth loops.
func (r *rewriter) rewrite(node ast.Node, depth int) ast.Node {
	r.visited++
	switch node := node.(type) {
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.PointerNode:
		return node
	case *ast.IdentifierNode:
		return r.identifier(node)
	case *ast.UnaryNode:
		return r.unary(node, depth)
	case *ast.BinaryNode:
		return r.binary(node, depth)
	case *ast.ChainNode:
		return r.rewrite(node.Node, depth)
	case *ast.MemberNode:
		base := r.rewrite(node.Node, depth)
		return r.call(base, "·get", base, r.rewrite(node.Property, depth))
	case *ast.CallNode:
		return r.function(node, depth)
	case *ast.BuiltinNode:
		return r.loop(node, depth)
	case *ast.ConditionalNode:
		node.Cond = r.truth(r.rewrite(node.Cond, depth))
		node.Exp1, node.Exp2 = r.rewrite(node.Exp1, depth), r.rewrite(node.Exp2, depth)
		return node
	case *ast.VariableDeclaratorNode:
		node.Value, node.Expr = r.rewrite(node.Value, depth), r.rewrite(node.Expr, depth)
		return node
	case *ast.ArrayNode:
		r.rewriteAll(node.Nodes, depth)
		return node
	default:
		return r.refuse(node, "este elemento da linguagem não é aceito aqui")
	}
}

func (r *rewriter) rewriteAll(nodes []ast.Node, depth int) {
	for i := range nodes {
		nodes[i] = r.rewrite(nodes[i], depth)
	}
}

func (r *rewriter) identifier(node *ast.IdentifierNode) ast.Node {
	if node.Value == "$env" {
		return r.refuse(node, "nome desconhecido: $env (use %s)", rootNames)
	}
	return node
}

func (r *rewriter) unary(node *ast.UnaryNode, depth int) ast.Node {
	node.Node = r.rewrite(node.Node, depth)
	if node.Operator == "!" || node.Operator == "not" {
		node.Node = r.truth(node.Node)
	}
	return node
}

// operators names the metered function of each operator whose price depends on its data, or that must bear nil.
var operators = map[string]string{
	"==": "·equal", "!=": "·unequal", "<": "·less", "<=": "·atMost", ">": "·more", ">=": "·atLeast",
	"in": "·in", "contains": "·contains", "startsWith": "·startsWith", "endsWith": "·endsWith", "+": "·add",
}

func (r *rewriter) binary(node *ast.BinaryNode, depth int) ast.Node {
	if node.Operator == "matches" {
		return r.matches(node, depth)
	}
	node.Left, node.Right = r.rewrite(node.Left, depth), r.rewrite(node.Right, depth)
	switch node.Operator {
	case "and", "or", "&&", "||":
		node.Left, node.Right = r.truth(node.Left), r.truth(node.Right)
		return node
	case "-", "*", "/", "%", "**", "^", "..", "??":
		return node
	}
	name, known := operators[node.Operator]
	if !known {
		return r.refuse(node, "operador não aceito: %s", node.Operator)
	}
	call := r.call(node, name, node.Left, node.Right)
	r.booleans[call] = node.Operator != "+"
	return call
}

// matches compiles the pattern now, so that no evaluation does, and so that its price is known.
func (r *rewriter) matches(node *ast.BinaryNode, depth int) ast.Node {
	literal, isText := node.Right.(*ast.StringNode)
	if !isText {
		return r.refuse(node.Right, "o padrão de matches deve ser um texto entre aspas")
	}
	expression, err := regexp.Compile(literal.Value)
	if err != nil {
		return r.refuse(node.Right, "padrão de matches inválido: %s", err)
	}
	compiled := &pattern{expression: expression, size: patternSize(literal.Value)}
	call := r.call(node, "·matches", r.rewrite(node.Left, depth), &ast.ConstantNode{Value: compiled})
	r.booleans[call] = true
	return call
}

// function lets an author call only our functions, by name.
func (r *rewriter) function(node *ast.CallNode, depth int) ast.Node {
	callee, named := node.Callee.(*ast.IdentifierNode)
	if !named {
		return r.refuse(node, "não se chamam métodos; use as funções %s", functionNames())
	}
	spec, known := functions[callee.Value]
	if !known {
		return r.refuse(node, "função desconhecida: %s (use %s)", callee.Value, functionNames())
	}
	if count := len(node.Arguments); count < spec.least || count > spec.most {
		return r.refuse(node, "a função %s recebe %s, não %d", callee.Value, spec.arity(), count)
	}
	r.rewriteAll(node.Arguments, depth)
	return r.call(node, callee.Value, node.Arguments...)
}

// loop meters each pass and bounds the list.
func (r *rewriter) loop(node *ast.BuiltinNode, depth int) ast.Node {
	yesOrNo, allowed := loops[node.Name]
	if !allowed {
		return r.refuse(node, "função não aceita: %s", node.Name)
	}
	if depth >= maxPredicateDepth {
		return r.refuse(node, "laços demais, um dentro do outro (até %d)", maxPredicateDepth)
	}
	items := r.rewrite(node.Arguments[0], depth)
	node.Arguments[0] = r.call(items, "·list", items)
	if len(node.Arguments) != 2 {
		return r.refuse(node, "%s precisa de uma lista e de uma condição", node.Name)
	}
	body, isPredicate := node.Arguments[1].(*ast.PredicateNode)
	if !isPredicate {
		return r.refuse(node.Arguments[1], "%s precisa de uma condição", node.Name)
	}
	before := r.visited
	inner := r.rewrite(body.Node, depth+1)
	price := &ast.IntegerNode{Value: 3 + 3*(r.visited-before)}
	if yesOrNo {
		inner = r.truth(inner)
	}
	body.Node = r.call(inner, "·pass", inner, price)
	return node
}

// truth makes a yes or no of what may be nil.
func (r *rewriter) truth(node ast.Node) ast.Node {
	switch typed := node.(type) {
	case *ast.BoolNode:
		return node
	case *ast.UnaryNode:
		if typed.Operator == "!" || typed.Operator == "not" {
			return node
		}
	case *ast.BinaryNode:
		switch typed.Operator {
		case "and", "or", "&&", "||":
			return node
		}
	case *ast.CallNode:
		if r.booleans[typed] {
			return node
		}
	}
	return r.call(node, "·truth", node)
}

// call makes a call of one of our functions in the place of a node; the meter goes first.
func (r *rewriter) call(place ast.Node, name string, arguments ...ast.Node) ast.Node {
	callee, meter := &ast.IdentifierNode{Value: name}, &ast.IdentifierNode{Value: "·meter"}
	call := &ast.CallNode{Callee: callee, Arguments: append([]ast.Node{meter}, arguments...)}
	for _, node := range []ast.Node{callee, meter, call} {
		node.SetLocation(place.Location())
	}
	return call
}
