package house

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// calling are the files that open connections to addresses, and whose the addresses are.
var calling = map[string]string{
	"internal/notify/guard.go":             "the guard itself: every address that a tenant names goes through it",
	"internal/notify/carrier.go":           "behind the guard",
	"internal/deliver/post.go":             "behind the guard, which app hands over",
	"internal/provider/meta/transport.go":  "behind the guard in production, which app hands over",
	"internal/provider/meta/media_host.go": "behind the guard, which app hands over; Meta's hosts only",
	"internal/provider/meta/adapter.go":    "behind the guard, which app hands over",
	"internal/ai/client.go":                "behind the guard for tenants' addresses, which app hands over; the operator's own as it is",
	"internal/app/assistants.go":           "hands over the guard",
	"internal/provider/sandbox/options.go": "the simulated WhatsApp, which production does not have",
	"internal/app/doctor_ask.go":           "a person's command: the process at RETOMA_ADDR",
	"cmd/retoma/healthcheck.go":            "a person's command",
	"cmd/retoma/typebot.go":                "a person's command",
}

// shipped are the packages of which something is in the program.
func shipped(t *testing.T) []string {
	t.Helper()
	for _, p := range packages(t) {
		if p.path == "cmd/retoma" {
			return append(p.ours(p.Deps), p.path)
		}
	}
	require.Fail(t, "there is no cmd/retoma")
	return nil
}

// What calls an address is listed here, so that nobody adds a door without saying who guards it. internal/app has the test that
// goes through each of them; add a new one there.
func TestEveryPlaceThatFetchesIsKnown(t *testing.T) {
	opens := []string{
		"net/http.Client", "net/http.DefaultClient", "net/http.DefaultTransport", "net/http.Transport", "net/http.Get", "net/http.Post", "net/http.PostForm", "net/http.Head",
		"net.Dialer", "net.Dial", "net.DialTimeout", "net.DialTCP", "crypto/tls.Dial", "crypto/tls.Dialer", "crypto/tls.DialWithDialer", "net/smtp.Dial", "net/smtp.SendMail",
	}
	var wrong findings
	seen, program := map[string]bool{}, shipped(t)
	for _, s := range sources(t) {
		if s.isTest() || !slices.Contains(program, path.Dir(s.name)) {
			continue
		}
		held := map[ast.Node]bool{} // where a client of somebody else's is named as a type
		ast.Inspect(s.tree, func(node ast.Node) bool {
			if pointer, yes := node.(*ast.StarExpr); yes {
				held[pointer.X] = true
			}
			return true
		})
		s.uses(func(name string, node ast.Node) {
			if !slices.Contains(opens, name) || held[node] {
				return
			}
			seen[s.name] = true
			if calling[s.name] == "" {
				wrong.add("%s: %s; whose addresses are called here, and who guards them? Say it in calling, and add the door to internal/app/security_fetch_test.go", s.at(node), name)
			}
		})
	}
	for name := range calling {
		if !seen[name] {
			wrong.add("%s calls nobody any more: take it out of calling", name)
		}
	}
	wrong.report(t)
}

var (
	namesASecret = regexp.MustCompile(`(?i)(secret|token|signature|password|apikey|mac|hash)$`)
	// notSecret are comparisons of things that are called so and are none: each with its reason.
	notSecret = map[string]string{
		"flows":                     "a wait's token is a number by which stale wake-ups are known",
		"internal/provider/sandbox": "the simulated WhatsApp, which production does not have",
	}
)

// A comparison that ends at the first wrong byte tells whoever measures how far they have guessed.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	var wrong findings
	program := shipped(t)
	for _, s := range sources(t) {
		if s.isTest() || notSecret[path.Dir(s.name)] != "" || !slices.Contains(program, path.Dir(s.name)) {
			continue
		}
		ast.Inspect(s.tree, func(node ast.Node) bool {
			compared, yes := node.(*ast.BinaryExpr)
			if !yes || compared.Op != token.EQL && compared.Op != token.NEQ || isConstant(compared.X) || isConstant(compared.Y) {
				return true
			}
			for _, side := range []ast.Expr{compared.X, compared.Y} {
				if name := lastName(side); namesASecret.MatchString(name) {
					wrong.add("%s: %s is compared with %s: use hmac.Equal or subtle.ConstantTimeCompare", s.at(node), name, compared.Op)
				}
			}
			return true
		})
	}
	wrong.report(t)
}

func isConstant(side ast.Expr) bool {
	switch side := side.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return side.Name == "nil"
	}
	return false
}

func lastName(side ast.Expr) string {
	switch side := side.(type) {
	case *ast.Ident:
		return side.Name
	case *ast.SelectorExpr:
		return side.Sel.Name
	case *ast.StarExpr:
		return lastName(side.X)
	}
	return ""
}

// Each row of the threat model names the tests that hold it.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	tests := map[string]bool{}
	for _, s := range sources(t) {
		for _, declared := range s.tree.Decls {
			if function, yes := declared.(*ast.FuncDecl); yes && s.isTest() && function.Recv == nil {
				tests[path.Dir(s.name)+"."+function.Name.Name] = true
			}
		}
	}
	rows := 0
	var wrong findings
	for line := range strings.Lines(file(t, "docs/security.md")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| who") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			wrong.add("a row of docs/security.md has %d cells: %s", len(cells), line)
			continue
		}
		rows++
		named := regexp.MustCompile("`([a-z/0-9]+)\\.((Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(named) == 0 {
			wrong.add("who proves this row of docs/security.md? %s", line)
		}
		for _, one := range named {
			if !tests[one[1]+"."+one[2]] {
				wrong.add("docs/security.md names %s.%s, which is not there", one[1], one[2])
			}
		}
	}
	wrong.report(t)
	require.Greater(t, rows, 15)
}
