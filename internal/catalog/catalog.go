package catalog

import (
	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/fault"
	"retoma/nodes"
)

// Catalog compiles documents. It is safe for many goroutines.
type Catalog struct {
	kinds flows.Kinds
	cache *cache
}

// DefaultSize is how many compiled flows are kept where nobody knows better; one takes some 10 KB.
const DefaultSize = 1000

// New makes a catalog that keeps at most size compiled flows, at least one. actions are the registered actions that flows
// may ask for; nil leaves their names unchecked.
func New(size int, actions []flows.ActionDescription) *Catalog {
	return &Catalog{
		kinds: flows.Kinds{Nodes: flows.NewNodeList(nodes.List()), Actions: actions},
		cache: newCache(max(size, 1)),
	}
}

// Compile gives the flow that a document means. A document's version never changes its body, so each (ID, Version) is
// compiled once and the same flow is given to everybody; one without a version is a draft and is not kept.
// The error is flows.Problems, with paths in the author's own document.
func (c *Catalog) Compile(document flows.Document) (*flows.Flow, error) {
	key := version{document.ID, document.Version}
	if flow := c.cache.get(key); flow != nil {
		return flow, nil
	}
	flow, err := c.compile(document)
	if err != nil {
		return nil, err
	}
	flow.ID, flow.Version = document.ID, document.Version
	if document.ID == "" || document.Version < 1 {
		return flow, nil
	}
	return c.cache.put(key, flow), nil
}

func (c *Catalog) compile(document flows.Document) (*flows.Flow, error) {
	switch document.Kind {
	case flows.FlowDocument:
		definition, err := flows.ParseDefinition(document.Body)
		if err != nil {
			return nil, err
		}
		return flows.Compile(definition, c.kinds)
	case flows.ModelDocument:
		model, err := followup.ParseModel(document.Body)
		return c.compileAuthored(model, err)
	case flows.RuleDocument:
		rule, err := followup.ParseRule(document.Body)
		return c.compileAuthored(rule, err)
	case flows.ConfigDocument:
		config, err := followup.ParseConfig(document.Body)
		return c.compileAuthored(config, err)
	}
	return nil, fault.New(fault.Internal, "formato de documento desconhecido: %q", string(document.Kind))
}

// authored is a document of an authoring format.
type authored interface {
	Validate() error
	Definition() flows.Definition
	AuthorPath(definitionPath string) string
}

// compileAuthored compiles what was parsed, if it could be. Its mistakes are told in the author's own paths, each once:
// several steps may be made of one value.
func (c *Catalog) compileAuthored(document authored, err error) (*flows.Flow, error) {
	if err != nil {
		return nil, err
	}
	if err := document.Validate(); err != nil {
		return nil, err
	}
	flow, err := flows.Compile(document.Definition(), c.kinds)
	if err == nil {
		return flow, nil
	}
	var translated flows.Problems
	told := map[fault.Error]bool{}
	for _, problem := range flows.AsProblems(err) {
		copied := *problem
		copied.Field = document.AuthorPath(problem.Field)
		if !told[copied] {
			told[copied] = true
			translated = append(translated, &copied)
		}
	}
	return nil, translated
}
