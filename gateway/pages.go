package gateway

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are rendered once, for the first who asks: the contract, its readable form, and the front page. A gateway starts in
// two thirds of the time without them, and every test has one.
type pages struct {
	contract []byte
	docs     []byte
	front    []byte
}

// pagePolicy lets a page load nothing from anywhere and run no script.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (g *Gateway) newPages() (*pages, error) {
	document := g.server.OpenAPI()
	contract, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	made := &pages{contract: contract}
	if made.docs, err = render("pages/docs.html", docsOf(document)); err != nil {
		return nil, err
	}
	made.front, err = render("pages/front.html", map[string]bool{"Sandbox": g.Sandbox != nil, "Queues": g.Queues != nil})
	return made, err
}

// dropErrorsOfTheLibrary takes out of the contract the shape of errors that is not ours.
func (g *Gateway) dropErrorsOfTheLibrary() {
	schemas := g.server.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
}

func render(name string, data any) ([]byte, error) {
	page, err := template.ParseFS(pageFiles, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, data)
	return out.Bytes(), err
}

// docsFamily is one section of the readable contract.
type docsFamily struct {
	Name   string
	Routes []docsRoute
}

type docsRoute struct {
	Method, Path, Summary, Description string
	Parameters                         []docsField
	Body                               []docsField
	BodyName                           string
	Answers                            []docsAnswer
}

type docsField struct {
	Name, In, Kind, Text string
	Required             bool
}

type docsAnswer struct{ Status, Text string }

// docsOf turns the document into what the page shows, in order of family and path.
func docsOf(document *huma.OpenAPI) []docsFamily {
	byName := map[string]*docsFamily{}
	var names []string
	for _, path := range web.SortedKeys(document.Paths) {
		for _, op := range operationsOf(document.Paths[path]) {
			name := "geral"
			if len(op.Tags) > 0 {
				name = op.Tags[0]
			}
			if byName[name] == nil {
				byName[name] = &docsFamily{Name: name}
				names = append(names, name)
			}
			byName[name].Routes = append(byName[name].Routes, docsRouteOf(document.Components.Schemas, op))
		}
	}
	slices.Sort(names)
	if events := docsOfEvents(document); len(events.Routes) > 0 {
		byName[events.Name] = &events
		names = append(names, events.Name)
	}
	families := make([]docsFamily, len(names))
	for i, name := range names {
		families[i] = *byName[name]
	}
	return families
}

// docsOfEvents shows what subscriptions are told, as requests to the reader's own address.
func docsOfEvents(document *huma.OpenAPI) docsFamily {
	family := docsFamily{Name: "eventos enviados"}
	for _, name := range web.SortedKeys(document.Webhooks) {
		event := docsRouteOf(document.Components.Schemas, document.Webhooks[name].Post)
		event.Method, event.Path = web.Post, name
		family.Routes = append(family.Routes, event)
	}
	return family
}

func operationsOf(item *huma.PathItem) []*huma.Operation {
	var all []*huma.Operation
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}

func docsRouteOf(registry huma.Registry, op *huma.Operation) docsRoute {
	route := docsRoute{Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, parameter := range op.Parameters {
		field := docsField{Name: parameter.Name, In: parameter.In, Text: parameter.Description, Required: parameter.Required}
		if parameter.Schema != nil {
			field.Kind = parameter.Schema.Type
		}
		route.Parameters = append(route.Parameters, field)
	}
	if op.RequestBody != nil {
		if content := op.RequestBody.Content[fiber.MIMEApplicationJSON]; content != nil {
			route.BodyName, route.Body = fieldsOf(registry, content.Schema)
		}
	}
	for _, status := range web.SortedKeys(op.Responses) {
		route.Answers = append(route.Answers, docsAnswer{Status: status, Text: op.Responses[status].Description})
	}
	return route
}

func fieldsOf(registry huma.Registry, schema *huma.Schema) (string, []docsField) {
	name := ""
	for schema != nil && schema.Ref != "" {
		name = schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]
		schema = registry.SchemaFromRef(schema.Ref)
	}
	if schema == nil {
		return name, nil
	}
	var fields []docsField
	for _, property := range web.SortedKeys(schema.Properties) {
		inner := schema.Properties[property]
		fields = append(fields, docsField{
			Name: property, Kind: kindOf(inner), Text: inner.Description, Required: slices.Contains(schema.Required, property),
		})
	}
	return name, fields
}

func kindOf(schema *huma.Schema) string {
	switch {
	case schema.Ref != "":
		return schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]
	case schema.Type == huma.TypeArray && schema.Items != nil:
		return "lista de " + kindOf(schema.Items)
	case schema.Type != "":
		return schema.Type
	}
	var kinds []string
	for _, one := range append(slices.Clone(schema.OneOf), schema.AnyOf...) {
		kinds = append(kinds, kindOf(one))
	}
	if len(kinds) == 0 {
		return "qualquer"
	}
	return strings.Join(kinds, " ou ")
}

func page(c *fiber.Ctx, body []byte) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	return c.Status(http.StatusOK).Send(body)
}

func (g *Gateway) front(c *fiber.Ctx) error {
	made, err := g.pages()
	if err != nil {
		return err
	}
	return page(c, made.front)
}

func (g *Gateway) docs(c *fiber.Ctx) error {
	made, err := g.pages()
	if err != nil {
		return err
	}
	return page(c, made.docs)
}

func (g *Gateway) contract(c *fiber.Ctx) error {
	made, err := g.pages()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/openapi+json")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	return c.Status(http.StatusOK).Send(made.contract)
}

func describeHTML(op *huma.Operation, _ huma.Registry) {
	op.Responses["200"] = &huma.Response{Description: "Página", Content: map[string]*huma.MediaType{
		"text/html": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
}

func describeContract(op *huma.Operation, _ huma.Registry) {
	op.Responses["200"] = &huma.Response{Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{
		"application/openapi+json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
	}}
}
