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
		return c.compileModel(document.Body)
	}
	return nil, fault.New(fault.Internal, "formato de documento desconhecido: %q", string(document.Kind))
}

func (c *Catalog) compileModel(body []byte) (*flows.Flow, error) {
	model, err := followup.ParseModel(body)
	if err != nil {
		return nil, err
	}
	if err := model.Validate(); err != nil {
		return nil, err
	}
	flow, err := flows.Compile(model.Definition(), c.kinds)
	if err == nil {
		return flow, nil
	}
	problems := flows.AsProblems(err)
	translated := make(flows.Problems, len(problems))
	for i, problem := range problems {
		copied := *problem
		copied.Field = model.AuthorPath(problem.Field)
		translated[i] = &copied
	}
	return nil, translated
}
