package meta

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// answerTruth is a truth file of a recorded answer of Meta's API, or of a list of signatures: what is in it, as lines.
type answerTruth struct {
	Says     string   `json:"says"`
	Expected string   `json:"expected"`
	Because  string   `json:"because,omitempty"`
	Facts    []string `json:"facts"`
}

func TestRecordedAnswersAreReadAsTheirTruthFilesSay(t *testing.T) {
	demanded := expectations(t)
	for name, read := range map[string]func(t *testing.T) []string{
		"resp_phone_number.json": numberFacts, "resp_templates_page.json": templateFacts, "sig_vectors.json": signatureFacts,
		"resp_media_url.json": mediaFacts,
	} {
		t.Run(name, func(t *testing.T) {
			file := truthOf(filepath.Join("testdata", name))
			var truth answerTruth
			require.NoError(t, json.Unmarshal(readFile(t, file), &truth))
			got := read(t)
			if *update {
				truth.Facts = got
				require.NoError(t, os.WriteFile(file, []byte(asJSON(t, truth)), 0o644))
			}
			require.NotEmpty(t, truth.Says)
			require.Equal(t, truth.Expected, demanded[name])
			require.Equal(t, truth.Facts, got)
		})
	}
}

func numberFacts(t *testing.T) []string {
	server := httptest.NewServer(healthy(t))
	defer server.Close()
	state, phone, err := New(Options{}).Number(t.Context(), channelAt(server.URL))
	require.NoError(t, err)
	return []string{
		"number " + phone, "name " + state.VerifiedName + ", " + state.NameStatus, "quality " + state.Quality, "status " + state.Status,
		"daily limit " + state.Tier, fmt.Sprintf("%d messages a second", state.Throughput),
	}
}

func mediaFacts(t *testing.T) []string {
	server := httptest.NewServer(recorded(t, "testdata/resp_media_url.json"))
	defer server.Close()
	found, err := New(Options{}).resolve(t.Context(), channelAt(server.URL), "1003383421387256")
	require.NoError(t, err)
	return []string{"to be fetched at " + found.address, "kind " + found.mime, "sha256 " + found.sha256, fmt.Sprintf("%d bytes", found.size)}
}

func templateFacts(t *testing.T) []string {
	root, valid := readJSON(readFile(t, "testdata/resp_templates_page.json"))
	require.True(t, valid)
	var facts []string
	for _, one := range readTemplates(root.Get("body.data")) {
		parts := []string{one.Name + " " + one.Language, one.Category, one.Status}
		if one.Sendable() {
			parts = append(parts, "may be sent")
		}
		if one.Named {
			parts = append(parts, "variables have names")
		}
		if one.HeaderType != "" {
			parts = append(parts, "header "+strings.TrimSpace(one.HeaderType+" "+one.HeaderText))
		}
		parts = append(parts, "body \""+one.BodyText+"\"")
		for _, button := range one.Buttons {
			parts = append(parts, "button "+strings.TrimSpace(button.Type+" "+button.Text+" "+button.URL))
		}
		facts = append(facts, strings.Join(parts, ", "))
	}
	return append(facts, "next page: "+textOf(root.Get("body.paging.next")))
}

func signatureFacts(t *testing.T) []string {
	var vectors struct {
		Secret  string                         `json:"app_secret"`
		Vectors []struct{ File, Value string } `json:"vectors"`
		Get     struct {
			Query string
		} `json:"verify_get"`
	}
	require.NoError(t, json.Unmarshal(readFile(t, "testdata/sig_vectors.json"), &vectors))
	var facts []string
	for _, vector := range vectors.Vectors {
		name := filepath.Base(vector.File)
		body, err := os.ReadFile(filepath.Join("testdata/webhooks", name))
		if err != nil {
			facts = append(facts, name+": not among the payloads, so not checked")
			continue
		}
		facts = append(facts, name+": "+verdict(New(Options{}).Verify(withSecret(vectors.Secret), signed(body, vector.Value))))
		for what, header := range map[string]string{
			"": "", "sha1=": "sha1=" + strings.TrimPrefix(vector.Value, "sha256="),
		} {
			require.Error(t, New(Options{}).Verify(withSecret(vectors.Secret), signed(body, header)), what)
		}
		upper := "sha256=" + strings.ToUpper(strings.TrimPrefix(vector.Value, "sha256="))
		require.NoError(t, New(Options{}).Verify(withSecret(vectors.Secret), signed(body, upper)))
		require.Error(t, New(Options{}).Verify(withSecret(vectors.Secret), signed(append(body, ' '), vector.Value)))
	}
	return append(facts, "the same in upper case: accepted", "no header, sha1, another body: refused")
}

func verdict(err error) string {
	if err != nil {
		return "refused: " + err.Error()
	}
	return "accepted"
}
