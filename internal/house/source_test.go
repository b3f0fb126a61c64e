package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longest is how many lines a file may have before it does two things.
const longest = 400

// source is one file of the module.
type source struct {
	room    room
	name    string
	content []byte
	tree    *ast.File
	files   *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

func (s source) at(node ast.Node) string {
	return s.name + ":" + s.files.Position(node.Pos()).String()
}

// sources are all Go files that `go list` knows, parsed.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	for _, p := range packages(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles, p.IgnoredGoFiles) {
			content, err := os.ReadFile(filepath.Join(p.Dir, name))
			require.NoError(t, err)
			files := token.NewFileSet()
			tree, err := parser.ParseFile(files, "", content, parser.ParseComments|parser.SkipObjectResolution)
			require.NoError(t, err)
			found = append(found, source{room: find(t, p.path), name: p.path + "/" + name, content: content, tree: tree, files: files})
		}
	}
	return found
}

// imports are the paths of a file's imports by the names that the file uses for them.
func (s source) imports() map[string]string {
	paths := map[string]string{}
	for _, i := range s.tree.Imports {
		at := strings.Trim(i.Path.Value, `"`)
		name := at[strings.LastIndexByte(at, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		paths[name] = at
	}
	return paths
}

// uses calls visit with each use of a name from another package ("time.Now"), and with each method call on t, b or f.
func (s source) uses(visit func(name string, node ast.Node)) {
	paths := s.imports()
	ast.Inspect(s.tree, func(node ast.Node) bool {
		selector, yes := node.(*ast.SelectorExpr)
		if !yes {
			return true
		}
		if of, yes := selector.X.(*ast.Ident); yes {
			if at, known := paths[of.Name]; known {
				visit(at+"."+selector.Sel.Name, node)
			} else if slices.Contains([]string{"t", "b", "f"}, of.Name) {
				visit(of.Name+"."+selector.Sel.Name, node)
			}
		}
		return true
	})
}

func TestNothingRegistersItself(t *testing.T) {
	var wrong findings
	for _, s := range sources(t) {
		for _, declared := range s.tree.Decls {
			if function, yes := declared.(*ast.FuncDecl); yes && function.Recv == nil && function.Name.Name == "init" {
				wrong.add("%s: lists are written out, nothing happens at import", s.at(function))
			}
		}
	}
	wrong.report(t)
}

// The clock is read at the edges, once per unit of work, and handed down.
func TestTheClockIsAParameterBelowTheEdges(t *testing.T) {
	reads := []string{"time.Now", "time.Since", "time.Until"}
	waits := []string{"time.Sleep", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick"}
	var wrong findings
	for _, s := range sources(t) {
		if s.isTest() || s.room.level >= levelWithClock && s.room.path != "internal/play" {
			continue
		}
		s.uses(func(name string, node ast.Node) {
			if slices.Contains(reads, name) {
				wrong.add("%s: %s; the clock is a parameter here", s.at(node), name)
			}
			if s.room.pure && slices.Contains(waits, name) {
				wrong.add("%s: %s in a package that decides and does nothing", s.at(node), name)
			}
		})
	}
	wrong.report(t)
}

// A test that sleeps is slow when it passes and wrong when the machine is busy. Files that import testing/synctest run in
// simulated time, where sleeping is the way to let it pass.
func TestTestsNeitherSleepNorSkip(t *testing.T) {
	var wrong findings
	for _, s := range sources(t) {
		if !s.isTest() && !isTestHelper(path.Dir(s.name)) {
			continue
		}
		simulated := slices.Contains(slices.Collect(maps.Values(s.imports())), "testing/synctest")
		s.uses(func(name string, node ast.Node) {
			if _, called, _ := strings.Cut(name, "."); strings.HasPrefix(called, "Skip") && len(name) == len("t.")+len(called) {
				wrong.add("%s: what is skipped is not known to work", s.at(node))
			}
			if name == "time.Sleep" && !simulated {
				wrong.add("%s: wait for what should happen, not for time", s.at(node))
			}
		})
	}
	wrong.report(t)
}

func TestFilesAreShort(t *testing.T) {
	var wrong findings
	for _, s := range sources(t) {
		if lines := bytes.Count(s.content, []byte("\n")); lines > longest && !ast.IsGenerated(s.tree) {
			wrong.add("%s has %d lines: is it one room that does two things?", s.name, lines)
		}
	}
	wrong.report(t)
}

// Every package says what it is, what it must not know and where to start reading.
func TestPackagesIntroduceThemselves(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		name := "doc.go"
		switch {
		case isTestHelper(p.path):
			name = path.Base(p.path) + ".go"
		case slices.Contains(p.GoFiles, "main.go"):
			name = "main.go"
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			wrong.add("%s: %s", p.path, err)
			continue
		}
		text, subject := tree.Doc.Text(), "Package "+tree.Name.Name+" "
		if tree.Name.Name == "main" {
			subject = "Command " + path.Base(p.path) + " "
		}
		if !strings.HasPrefix(text, subject) {
			wrong.add("%s/%s begins with %q: what is it?", p.path, name, subject)
		}
		for _, part := range []string{"must not know", "Start reading at"} {
			if !strings.Contains(text, part) {
				wrong.add("%s/%s does not say %q", p.path, name, part)
			}
		}
	}
	wrong.report(t)
}
