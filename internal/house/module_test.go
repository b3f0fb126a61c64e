package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "retoma"

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir                          string
	Imports, TestImports, XTestImports, Deps []string
	GoFiles, TestGoFiles, XTestGoFiles       []string
	IgnoredGoFiles                           []string
	// path is the import path without the module's.
	path string
}

// ours are those of some imports that are this module's, without the module's path and without the package itself.
func (p listed) ours(imports []string) []string {
	var found []string
	for _, name := range imports {
		if rest, yes := strings.CutPrefix(name, module+"/"); yes && rest != p.path {
			found = append(found, rest)
		}
	}
	return found
}

var list = sync.OnceValues(func() ([]listed, error) {
	command := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,Deps,GoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles", "./...")
	command.Dir = root()
	out, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, errors.New(string(exit.Stderr))
		}
		return nil, err
	}
	var found []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		p.path = strings.TrimPrefix(p.ImportPath, module+"/")
		found = append(found, p)
	}
})

// packages are all packages of this module as `go list` sees them.
func packages(t *testing.T) []listed {
	t.Helper()
	found, err := list()
	require.NoError(t, err)
	require.Greater(t, len(found), 10)
	return found
}

// root is the folder of go.mod.
func root() string { return filepath.Join("..", "..") }

// file is the text of a file, named from the folder of go.mod.
func file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(), name))
	require.NoError(t, err)
	return string(content)
}

// findings are all that is wrong, so that one run tells the whole of it.
type findings []string

func (f *findings) add(format string, values ...any) { *f = append(*f, fmt.Sprintf(format, values...)) }

func (f *findings) report(t *testing.T) {
	t.Helper()
	if len(*f) > 0 {
		t.Error("\n" + strings.Join(*f, "\n"))
	}
}
