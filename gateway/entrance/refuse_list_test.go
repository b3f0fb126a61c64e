package entrance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const refusalsPath = "/api/contacts/opt-outs"

// refusalLines are a list's results in short.
func refusalLines(a answer) []string {
	var lines []string
	for _, one := range a.Data()["rows"].([]any) {
		row := one.(object)
		text := fmt.Sprint(row["row"], " ", row["status"])
		if reason, has := row["reason"].(string); has {
			text += " " + reason
		}
		lines = append(lines, text)
	}
	return lines
}

func (h *house) contactOf(who *tenant, number string) object {
	h.T.Helper()
	found := h.Done(200, "GET", "/api/contacts?phone="+strings.TrimPrefix(number, "+"), who.Viewer, nil).List()
	require.Len(h.T, found, 1, number)
	return found[0].(object)
}

func TestAListOfRefusalsIsTakenLineByLine(t *testing.T) {
	h := newHouse(t)
	h.CustomerWrote(h.Ours, "5511977770001")
	known := h.contactOf(h.Ours, "5511977770001")
	csv := "Telefone;Nome;Alcance;Motivo;Data;Cor\n" +
		"(11) 97777-0001;Ana;;pediu por e-mail;01/07/2026;azul\n" +
		"+55 11 97777-0002;Bia;marketing;;2026-07-02;\n" +
		"12;;;;;\n" +
		"+5511977770003;;tudo;;;\n" +
		"+5511977770004;;;;31/12/2026;\n" +
		"+5511977770005;;;;ontem;\n" +
		";sem número;;;;\n" +
		"11977770002;;all;;;\n" +
		"+5511977770001;;marketing;;;\n"
	h.Wakes.Forget()
	found := h.Done(200, "POST", refusalsPath, h.Ours.Admin, csv, "Content-Type", "text/csv")
	lines := refusalLines(found)
	require.Len(t, lines, 9)
	require.Equal(t, []string{"1 noted", "2 noted"}, lines[:2])
	for place, text := range map[int]string{2: "number", 3: "scope: use marketing ou all", 4: "date: está no futuro", 5: "date: use", 6: "number: Required"} {
		require.Contains(t, lines[place], fmt.Sprint(place+1, " rejected"))
		require.Contains(t, lines[place], text)
	}
	require.Equal(t, []string{"8 noted", "9 unchanged"}, lines[7:], "a wider refusal is news, a narrower one is none")
	require.Equal(t, []any{float64(3), float64(1), float64(5)}, []any{found.Data()["noted"], found.Data()["unchanged"], found.Data()["rejected"]})

	ana := h.contactOf(h.Ours, "5511977770001")
	require.Equal(t, known["id"], ana["id"])
	require.Equal(t, "all", ana["optOut"])
	require.Equal(t, "2026-07-01T12:00:00Z", ana["optOutAt"])
	require.Equal(t, "pediu por e-mail", ana["fields"].(object)["optOutReason"])
	bia := h.contactOf(h.Ours, "5511977770002")
	require.Equal(t, "Bia", bia["name"], "whoever is not known becomes a contact")
	require.Equal(t, "all", bia["optOut"])
	require.Equal(t, "2026-07-02T12:00:00Z", bia["optOutAt"])
	require.Len(t, h.Mail(h.Ours, ana["id"].(string)), 1, "the refusal is mail: the worker cancels what is pending")
	require.NotEmpty(t, h.Wakes.Contacts)
	require.Empty(t, h.Done(200, "GET", "/api/contacts", h.Theirs.Viewer, nil).List(), "nobody of another tenant is made or touched")

	h.Refused(422, "", "POST", "/api/actions/send-template", h.Ours.Operator, object{
		"senderId": h.Ours.Channel.ID, "templateName": "lembrete", "to": "+5511977770002", "variables": []any{"a", "b"}})
}

func TestAListOfRefusalsThatComesAgainChangesNothing(t *testing.T) {
	h := newHouse(t)
	list := object{"contacts": []any{object{"number": "+5511977770001", "scope": "marketing"}, object{"number": "+5511977770002", "reason": "carta"}}}
	require.Equal(t, []string{"1 noted", "2 noted"}, refusalLines(h.Done(200, "POST", refusalsPath, h.Ours.Admin, list)))
	before := h.contactOf(h.Ours, "5511977770001")
	h.Advance(time.Hour)
	h.Wakes.Forget()
	require.Equal(t, []string{"1 unchanged", "2 unchanged"}, refusalLines(h.Done(200, "POST", refusalsPath, h.Ours.Admin, list)))
	require.Equal(t, before["optOutAt"], h.contactOf(h.Ours, "5511977770001")["optOutAt"])
	require.Empty(t, h.Wakes.Contacts)
	require.Len(t, h.Mail(h.Ours, before["id"].(string)), 1)
}

func TestAListOfRefusalsIsAnAdminsAndWellFormed(t *testing.T) {
	h := newHouse(t)
	h.Refused(403, "", "POST", refusalsPath, h.Ours.Operator, []any{object{"number": "+5511977770001"}})
	h.Refused(400, "vazia", "POST", refusalsPath, h.Ours.Admin, []any{})
	h.Refused(400, "color", "POST", refusalsPath, h.Ours.Admin, []any{object{"number": "+5511977770001", "color": "red"}})
	h.Refused(400, "no máximo 10000", "POST", refusalsPath, h.Ours.Admin, "number\n"+strings.Repeat("1\n", 10050), "Content-Type", "text/csv")
	h.Refused(415, "text/csv", "POST", refusalsPath, h.Ours.Admin, "x", "Content-Type", "text/plain")

	theirs := h.Done(201, "POST", "/api/contacts", h.Theirs.Operator, object{"number": "+5511977770009"}).Text("id")
	found := h.Done(200, "POST", refusalsPath, h.Ours.Admin, []any{object{"contactId": theirs}})
	require.Contains(t, refusalLines(found)[0], "1 rejected Contato não encontrado")
	require.NotContains(t, h.contactOf(h.Theirs, "5511977770009"), "optOut")
}

func TestThousandsOfRefusals(t *testing.T) {
	h := newHouse(t)
	var csv strings.Builder
	csv.WriteString("number\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "+55119%08d\n", 70000000+i)
	}
	found := h.Done(200, "POST", refusalsPath, h.Ours.Admin, csv.String(), "Content-Type", "text/csv")
	require.Equal(t, float64(2500), found.Data()["noted"])
	require.Equal(t, "all", h.contactOf(h.Ours, "5511970002499")["optOut"])
}
