package gateway_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/gatewaytest"
	"retoma/internal/store/storetest"
)

// specification is a truth file of testdata/specs: every example of one document, in the document's order, as it is
// written there. What the document only calls "uuid" is a <name>: something that the example's scene has made, <nobody>,
// or <uuid> for an id that the call itself makes. Everything else, times and the provider's ids too, is held to the letter.
type specification struct {
	Document string `json:"document"`
	// Routes are the document's own; RoutesBeyond are those that the product adds to the family.
	Routes       []string      `json:"routes"`
	RoutesBeyond []string      `json:"routesBeyond"`
	Statuses     []statusRow   `json:"statuses"`
	Errors       []errorRow    `json:"errors"`
	Examples     []example     `json:"examples"`
	Rules        []configRule  `json:"rules"`
	Intervals    []intervalRow `json:"intervals"`
}

// example is one request of a document with its answer.
type example struct {
	// Heading is the method and the path, with :names, as the document prints it.
	Heading string `json:"heading"`
	Title   string `json:"title"`
	Scene   string `json:"scene"`
	// ID is what stands for the path's :name.
	ID string `json:"id"`
	// Queries all give the same answer; none means one without a query.
	Queries []string        `json:"queries"`
	Request json.RawMessage `json:"request"`
	// RequestOf and AnswerOf and ListOf say that a body is the one of another example, or a list of just that one.
	RequestOf string `json:"requestOf"`
	AnswerOf  string `json:"answerOf"`
	ListOf    string `json:"listOf"`
	// Fields is the document's table of the request body: type, and whether it is required.
	Fields map[string]string `json:"fields"`
	// Choices are the words that a field takes.
	Choices map[string][]string `json:"choices"`
	Status  int                 `json:"status"`
	Answer  json.RawMessage     `json:"answer"`
	// Decided are the values that are read otherwise than they are printed, each with its reason.
	Decided []decision `json:"decided"`
	// Beyond are the paths of all fields that the product adds to the document's.
	Beyond []string `json:"beyond"`
	// Abridged lists of the document show some of their items; AnyOrder lists have no order that the document would name.
	Abridged []string `json:"abridged"`
	AnyOrder []string `json:"anyOrder"`
	// Behaviour is what the document says of the call beside its answer.
	Behaviour []string `json:"behaviour"`
}

type decision struct {
	At      string `json:"at"`
	Instead any    `json:"instead"`
	Why     string `json:"why"`
}

type statusRow struct{ Status, Description string }

type errorRow struct {
	Status int
	Error  string
	Cause  string
}

const followUpsDocument, assistantDocument = "followups-api.json", "assistant-followup.json"

func readSpecification(t testing.TB, name string) specification {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "specs", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	var s specification
	require.NoError(t, decoder.Decode(&s))
	return s
}

// of is the example that stands first under a heading.
func (s specification) of(t testing.TB, heading string) example {
	t.Helper()
	place := slices.IndexFunc(s.Examples, func(e example) bool { return e.Heading == heading })
	require.GreaterOrEqual(t, place, 0, heading)
	return s.Examples[place]
}

// whole is the example with the bodies that it borrows. What the lender made, the scene has made and called <made>.
func (s specification) whole(t testing.TB, e example) example {
	t.Helper()
	answerOf := func(heading string) json.RawMessage {
		return bytes.ReplaceAll(s.of(t, heading).Answer, []byte("<uuid>"), []byte("<made>"))
	}
	if heading, borrows := strings.CutPrefix(e.RequestOf, "the answer of "); borrows {
		e.Request = answerOf(heading)
	}
	if e.AnswerOf != "" {
		e.Answer = answerOf(e.AnswerOf)
	}
	if e.ListOf != "" {
		e.Answer = slices.Concat([]byte("["), answerOf(e.ListOf), []byte("]"))
	}
	return e
}

// TestEveryExampleOfTheSpecifications walks the documents over HTTP, on every database, with what a worker has really done
// wherever an example shows it.
func TestEveryExampleOfTheSpecifications(t *testing.T) {
	for _, engine := range storetest.Engines() {
		for _, name := range []string{followUpsDocument, assistantDocument} {
			document := readSpecification(t, name)
			for _, e := range document.Examples {
				t.Run(strings.Join([]string{engine, e.Heading, e.Title}, " | "), func(t *testing.T) {
					t.Parallel()
					newStage(t, engine, e.Scene).walk(document.whole(t, e))
				})
			}
		}
	}
}

// walk makes the example's request with a JWT, as the documents authenticate, and holds the answer to the example's.
func (s *stage) walk(e example) {
	s.T.Helper()
	method, _, _ := strings.Cut(e.Heading, " ")
	path, body := s.pathOf(e), s.fill(e.Request)
	var sent any
	if len(e.Request) > 0 {
		sent = gatewaytest.Encode(body)
	}
	s.Refused(401, "", method, path, "", sent)
	queries := e.Queries
	if len(queries) == 0 {
		queries = []string{""}
	}
	for _, query := range queries {
		found := s.Call(method, withQuery(path, s.replace(query)), s.Token(nil), sent)
		require.Equal(s.T, e.Status, found.Status, found.Raw)
		s.hold(e, found)
	}
	for _, sentence := range e.Behaviour {
		check, known := behaviours[sentence]
		require.True(s.T, known, "nobody checks %q", sentence)
		check(s)
	}
}

// hold compares an answer with the example's.
func (s *stage) hold(e example, found answer) {
	s.T.Helper()
	if len(e.Answer) == 0 {
		require.Empty(s.T, found.Raw)
		return
	}
	want := s.fill(e.Answer)
	for _, decided := range e.Decided {
		require.NotEmpty(s.T, decided.Why)
		want = setAt(s.T, want, decided.At, decided.Instead)
	}
	m := match{abridged: e.Abridged, anyOrder: e.AnyOrder, beyond: e.Beyond, met: map[string]bool{}}
	m.value("", "", want, found.Whole)
	for _, path := range e.Beyond {
		if !m.met[path] {
			m.differ("%s is listed as beyond the document, but is not answered", path)
		}
	}
	require.Empty(s.T, m.differences, "%s\n%s", e.Heading, found.Raw)
}

// pathOf is the heading's path with the id in the place of its :name.
func (s *stage) pathOf(e example) string {
	s.T.Helper()
	_, path, _ := strings.Cut(e.Heading, " ")
	if e.ID == "" {
		return path
	}
	return pathName.ReplaceAllLiteralString(path, s.replace(e.ID))
}

// pathName is a :name in a path.
var pathName = regexp.MustCompile(`:\w+`)

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// TestTheTruthFilesCoverTheirDocuments: every heading has an example, in the document's order, every error of the table
// too, and no other route of the family exists but those that are listed as the product's own.
func TestTheTruthFilesCoverTheirDocuments(t *testing.T) {
	h := newHouse(t)
	for name, family := range map[string]string{followUpsDocument: "/api/followups/", assistantDocument: "/backend/followup/"} {
		document := readSpecification(t, name)
		var walked []string
		for _, e := range document.Examples {
			if e.Status < 300 && !slices.Contains(walked, e.Heading) {
				walked = append(walked, e.Heading)
			}
			require.Contains(t, scenes, e.Scene, e.Title)
			require.Contains(t, document.Routes, e.Heading)
		}
		require.Equal(t, document.Routes, walked, "every heading, in the document's order")
		for _, row := range document.Errors {
			require.True(t, slices.ContainsFunc(document.Examples, func(e example) bool {
				var said struct{ Error string }
				return e.Status == row.Status && json.Unmarshal(e.Answer, &said) == nil && strings.HasPrefix(said.Error, row.Error)
			}), "%d %s has no example", row.Status, row.Error)
		}
		var built []string
		for _, route := range h.G.Routes() {
			if strings.HasPrefix(route.Path, family) {
				built = append(built, route.Method+" "+strings.NewReplacer("{", ":", "}", "").Replace(route.Path))
			}
		}
		require.ElementsMatch(t, built, slices.Concat(document.Routes, document.RoutesBeyond), name)
	}
}
