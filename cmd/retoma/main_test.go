package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

// try runs the command line in a folder of its own and gives exit code, output and errors.
func try(t *testing.T, arguments ...string) (code int, out, errors string) {
	t.Helper()
	t.Setenv("RETOMA_SECRET_KEY", "secret of the tests")
	t.Setenv("RETOMA_JWT_SECRET", "jwt of the tests")
	var said, failed bytes.Buffer
	code = run(context.Background(), arguments, streams{out: &said, errors: &failed})
	return code, said.String(), failed.String()
}

func TestFlowCheckSaysWhatIsWrongAndWhere(t *testing.T) {
	code, out, _ := try(t, "flow", "check", "../../examples/quote-model/model.json")
	require.Zero(t, code)
	require.Contains(t, out, "certo")

	broken := filepath.Join(t.TempDir(), "flow.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"name":"x","nodes":[{"id":"a","type":"nothing"}]}`), 0o600))
	code, out, _ = try(t, "flow", "check", broken)
	require.NotZero(t, code)
	require.Contains(t, out, "nodes[0].type")
}

func TestFlowPlayPlaysEveryExample(t *testing.T) {
	folders, err := filepath.Glob("../../examples/*/conversation.json")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, file := range folders {
		code, out, errors := try(t, "flow", "play", filepath.Dir(file))
		require.Zero(t, code, "%s: %s", file, errors)
		require.NotEmpty(t, out)
	}
}

func TestMigrateTellsAndApplies(t *testing.T) {
	database := "--database-url=sqlite://" + filepath.Join(t.TempDir(), "r.db")
	code, out, errors := try(t, "migrate", "status", database)
	require.Zero(t, code, errors)
	require.Contains(t, out, "pending")
	code, out, errors = try(t, "migrate", "up", database)
	require.Zero(t, code, errors)
	require.Contains(t, out, "applied")
	code, out, _ = try(t, "migrate", "up", database)
	require.Zero(t, code)
	require.Contains(t, out, "up to date")
	_, out, _ = try(t, "migrate", "status", database)
	require.NotContains(t, out, "pending")
}

func TestTheSecretKeyIsChangedByACommand(t *testing.T) {
	database := "--database-url=sqlite://" + filepath.Join(t.TempDir(), "r.db")
	code, out, errors := try(t, "secrets", "rotate", database)
	require.Zero(t, code, errors)
	require.Contains(t, out, "0 put under the newest key")
	code, _, errors = try(t, "secrets", "rotate", database, "--secret-key=newer")
	require.NotZero(t, code)
	require.Contains(t, errors, "RETOMA_SECRET_KEYS_OLD")
	code, out, errors = try(t, "secrets", "rotate", database, "--secret-key=newer", "--secret-keys-old=x,secret of the tests")
	require.Zero(t, code, errors)
	require.Regexp(t, `[1-9]\d* put under the newest key`, out)
	code, _, errors = try(t, "secrets", "rotate", database, "--secret-key=newer")
	require.Zero(t, code, errors)
}

func TestTokenIsOneThatTheGatewayAccepts(t *testing.T) {
	code, out, errors := try(t, "token", "the-tenant", "--role=viewer", "--secret=s3cret")
	require.Zero(t, code, errors)
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(string(bytes.TrimSpace([]byte(out))), claims, func(*jwt.Token) (any, error) { return []byte("s3cret"), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	require.NoError(t, err)
	require.Equal(t, "the-tenant", claims["tenant_id"])
	require.Equal(t, "viewer", claims["role"])
	require.NotContains(t, claims, "iss")

	code, out, errors = try(t, "token", "the-tenant", "--secret=s3cret", "--issuer=https://id.example", "--audience=retoma")
	require.Zero(t, code, errors)
	_, err = jwt.Parse(string(bytes.TrimSpace([]byte(out))), func(*jwt.Token) (any, error) { return []byte("s3cret"), nil },
		jwt.WithIssuer("https://id.example"), jwt.WithAudience("retoma"))
	require.NoError(t, err)
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	cases := map[string][]string{
		"embedded Redis":      {"queue", "status"},
		"RETOMA_DATABASE_URL": {"migrate", "up", "--database-url=mysql://x"},
		"unknown flag":        {"serve", "--nonsense"},
		"connection refused":  {"healthcheck", "--url=http://127.0.0.1:1/readyz"},
	}
	for words, arguments := range cases {
		code, _, errors := try(t, arguments...)
		require.NotZero(t, code)
		require.Contains(t, errors, words)
	}
}

func TestTypebotLintSaysWhatIsWrongAndWhere(t *testing.T) {
	const export = "../../internal/typebot/testdata/exports/v6.json"
	code, out, _ := try(t, "typebot", "lint", export)
	require.Equal(t, 1, code)
	require.Contains(t, out, `Inclui no follow-up, bloco 1 (b3): #{"followupId":"1"}`)
	require.Contains(t, out, `problema: No grupo "Erros", bloco 1: a variável {{fila}} está sem aspas`)
	require.NotContains(t, out, "não existe o modelo", "nobody said which there are")

	models := filepath.Join(t.TempDir(), "models.json")
	for _, list := range []string{`["1","Carrinho abandonado"]`, `[1]`, `{"success":true,"data":[{"id":"x","number":1,"name":"Carrinho abandonado"}]}`} {
		require.NoError(t, os.WriteFile(models, []byte(list), 0o600))
		code, out, _ = try(t, "typebot", "lint", export, "--models", models)
		require.Equal(t, 1, code)
		require.Contains(t, out, `não existe o modelo de follow-up "77"`, list)
		require.NotContains(t, out, `não existe o modelo de follow-up "1"`, list)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/followup-models" || r.Header.Get("Authorization") != "Bearer k" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, err := w.Write([]byte(`{"data":[{"id":"x","number":77,"name":"Outro"}]}`)); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	_, out, _ = try(t, "typebot", "lint", export, "--server", server.URL, "--key", "k")
	require.NotContains(t, out, `não existe o modelo de follow-up "77"`)
	require.Contains(t, out, `não existe o modelo de follow-up "1"`)
	code, _, errors := try(t, "typebot", "lint", export, "--server", server.URL, "--key", "other")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "401")

	clean := filepath.Join(t.TempDir(), "clean.json")
	require.NoError(t, os.WriteFile(clean, []byte(`{"name":"Limpo","groups":[{"id":"g","title":"G","blocks":[{"id":"b","type":"text","content":{"richText":[{"type":"p","children":[{"text":"#{ \"followupId\": \"1\" }"}]}]}}]}]}`), 0o600))
	code, out, errors = try(t, "typebot", "lint", clean)
	require.Zero(t, code, errors)
	require.Contains(t, out, "Limpo: 1 comandos, 0 problemas, 0 avisos")
	code, _, errors = try(t, "typebot", "lint", "../../examples/quote-model/model.json")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "não há grupos")
	require.NoError(t, os.WriteFile(clean, []byte("{\"name\": \"Limpo\",\n \"groups\": [1,]}"), 0o600))
	code, _, errors = try(t, "typebot", "lint", clean)
	require.Equal(t, 1, code)
	require.Equal(t, "retoma: o arquivo não é um fluxo exportado do Typebot: linha 2, coluna 15, o JSON não pode ser lido a partir de \"]\"\n", errors)
}

func TestTheDoctorTellsInSentencesAndByItsExitCode(t *testing.T) {
	folder := t.TempDir()
	arguments := []string{"doctor", "--database-url=sqlite://" + filepath.Join(folder, "r.db"), "--media-url=file://" + filepath.Join(folder, "media")}
	code, out, errors := try(t, arguments...)
	require.Equal(t, 1, code, errors)
	require.Contains(t, out, "(--fix conserta)")
	code, out, errors = try(t, append(arguments, "--fix")...)
	require.Zero(t, code, errors)
	require.Contains(t, out, "(consertado)")
	code, out, _ = try(t, arguments...)
	require.Zero(t, code)
	require.Equal(t, "Tudo em ordem.\n", out)
	code, out, _ = try(t, append(arguments, "--json")...)
	require.Zero(t, code)
	require.Equal(t, "[]\n", out)
}

func TestABackupIsMadeAndRestoredByCommand(t *testing.T) {
	folder := t.TempDir()
	database, file := "--database-url=sqlite://"+filepath.Join(folder, "r.db"), filepath.Join(folder, "backup")
	code, _, errors := try(t, "migrate", "up", database)
	require.Zero(t, code, errors)
	code, out, errors := try(t, "backup", file, database, "--files")
	require.Zero(t, code, errors)
	require.Contains(t, out, `"Engine": "sqlite"`)
	code, _, errors = try(t, "restore", file, database, "--replace")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "--yes")
	code, out, errors = try(t, "restore", file, database)
	require.Zero(t, code, errors)
	require.Contains(t, out, `"Runs": 0`)
	code, out, errors = try(t, "restore", "--release", database)
	require.Zero(t, code, errors)
	require.Contains(t, out, `"Released": 0`)
}
