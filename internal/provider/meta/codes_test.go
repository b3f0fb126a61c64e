package meta

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"retoma/internal/fault"
)

// TestWhatEachCodeMeans is Meta's list of codes as the engine must see it.
func TestWhatEachCodeMeans(t *testing.T) {
	for means, numbers := range map[fault.Code][]int{
		fault.Auth:             {0, 3, 10, 33, 102, 190, 200, 250, 299, 131005},
		fault.ProviderDown:     {1, 2, 131000, 131016, 131057, 133004},
		fault.RateLimited:      {4, 613, 80007, 130429, 131048, 132069, 133016, 134101, 134102},
		fault.PairLimited:      {131056},
		fault.SenderOffline:    {368, 131031, 131037, 131042, 131044, 131045, 131064, 133010},
		fault.InvalidPhone:     {131021},
		fault.Unreachable:      {131026},
		fault.OutsideWindow:    {131047},
		fault.OptedOut:         {131050},
		fault.PolicyBlocked:    {130472, 130497, 131049},
		fault.TemplateNotFound: {132001},
		fault.TemplateParams:   {132000, 132005, 132008, 132012, 132018, 134100},
		fault.TemplatePaused:   {131063, 132007, 132015, 132016, 132068},
		fault.Media:            {131014, 131052, 131053},
		fault.ProviderRejected: {100, 131008, 131009, 131030, 131051, 131055, 131062, 133005, 135000, 137000, 138006, 2388001, 300, 999999, -1},
	} {
		for _, number := range numbers {
			t.Run(fmt.Sprint(number), func(t *testing.T) {
				found := readError(gjson.Parse(fmt.Sprintf(`{"code":%d}`, number))).fault()
				require.Equal(t, means, found.Code)
				require.Equal(t, fmt.Sprint(number), readError(gjson.Parse(fmt.Sprintf(`{"code":%d}`, number))).detail())
			})
		}
	}
}

// TestHowFarEachCodeReaches names, for each scope, the codes that a mistake would be worst with.
func TestHowFarEachCodeReaches(t *testing.T) {
	for scope, numbers := range map[fault.Scope][]int{
		fault.ScopeMessage:  {1, 2, 100, 131000, 131009, 131053, 132000, 132018, 134101, 130472},
		fault.ScopePair:     {131056},
		fault.ScopeContact:  {131026, 131047, 131049, 131050, 137000},
		fault.ScopeTemplate: {132001, 132007, 132015, 132016, 132068},
		fault.ScopeNumber:   {33, 130429, 131037, 131045, 131048, 131063, 133010},
		fault.ScopeAccount:  {0, 3, 4, 10, 190, 200, 299, 368, 131005, 131031, 131042, 131044, 131064, 80007},
		fault.ScopeCountry:  {130497},
	} {
		for _, number := range numbers {
			found, listed := lookUp(number, 0)
			require.True(t, listed, "%d", number)
			require.Equal(t, scope, found.Scope, "%d", number)
		}
	}
}

func TestOnlyPeopleLiftABan(t *testing.T) {
	for _, number := range []int{368, 131031} {
		found, _ := lookUp(number, 0)
		require.Equal(t, fault.LiftPerson, found.Lift, "%d", number)
	}
	found, _ := lookUp(190, 463)
	require.Equal(t, fault.LiftProbe, found.Lift)
}

func TestASubcodeNarrowsACode(t *testing.T) {
	for subcode, means := range map[int]fault.Code{33: fault.Auth, 34: fault.ProviderRejected, 0: fault.ProviderRejected} {
		found, listed := lookUp(100, subcode)
		require.True(t, listed)
		require.Equal(t, means, found.Code)
	}
	expired, _ := lookUp(190, 463)
	other, _ := lookUp(190, 0)
	require.NotEqual(t, expired.Explanation, other.Explanation)
}

// TestARefusedMediaIDIsAboutTheFile: Meta answers an id that it does not know any more with its code for any bad parameter.
func TestARefusedMediaIDIsAboutTheFile(t *testing.T) {
	for _, c := range []struct {
		body  string
		means fault.Code
	}{
		{`{"code":100,"message":"(#100) Param document['id'] is not a valid whatsapp business account media attachment ID"}`, fault.Media},
		{`{"code":100,"message":"(#100) Invalid parameter","error_data":{"details":"Param image['id'] is not a valid whatsapp business account media attachment ID"}}`, fault.Media},
		{`{"code":100,"message":"Param image['id'] is not a valid whatsapp business account media attachment ID","error_data":{"details":"see the message"}}`, fault.Media},
		{`{"code":100,"message":"Param template['components'][0]['parameters'][0]['video']['id'] is not a valid id"}`, fault.Media},
		{`{"code":100,"message":"interactive.header.document.id is not valid"}`, fault.Media},
		{`{"code":131009,"error_data":{"details":"Param sticker[\"id\"] does not exist"}}`, fault.Media},
		{`{"code":131053,"error_data":{"details":"Param image['id'] is not valid"}}`, fault.Media},
		{`{"code":100,"message":"The parameter image['link'] or image['id'] is required."}`, fault.ProviderRejected},
		{`{"code":100,"message":"Param image must have either 'id' or 'link', not both."}`, fault.ProviderRejected},
		{`{"code":100,"message":"Param document['link'] is not a valid URL."}`, fault.ProviderRejected},
		{`{"code":100,"message":"Param context['message_id'] is not a valid id"}`, fault.ProviderRejected},
		{`{"code":100,"message":"Param interactive['action']['buttons'][0]['reply']['id'] is not valid"}`, fault.ProviderRejected},
		{`{"code":131009,"error_data":{"details":"Parameter value is not valid"}}`, fault.ProviderRejected},
		{`{"code":131008,"message":"Param image['id'] is not valid"}`, fault.ProviderRejected},
		{`{"code":100,"error_subcode":33,"message":"Object with ID 'image.id' does not exist"}`, fault.Auth},
	} {
		failure := readError(gjson.Parse(c.body)).fault()
		require.Equal(t, c.means, failure.Code, c.body)
	}
	row := readError(gjson.Parse(`{"code":100,"message":"Param image['id'] is not a valid whatsapp business account media attachment ID"}`)).fault()
	require.False(t, row.reach("100").Again, "a fresh upload is the one more try")
}

func TestTheTableIsWellMade(t *testing.T) {
	retries := map[string]fault.Retry{
		"never": fault.Never, "once": fault.Never, "backoff": fault.Passing, "wait": fault.Wait, "4^n": fault.Wait, "hold": fault.Hold,
	}
	for i, r := range codes() {
		require.True(t, r.Code.Known(), r.Numbers)
		require.LessOrEqual(t, r.from, r.to, r.Numbers)
		require.NotEqual(t, fault.Unconfirmed, r.Code, "a code of Meta's is an answer")
		retry, known := retries[r.Retry]
		require.True(t, known, "%s: retry %q", r.Numbers, r.Retry)
		require.Equal(t, r.Code.Retry(), retry, "%s: what the table says and what the engine does", r.Numbers)
		require.Equal(t, r.Code == fault.PairLimited, r.Scope == fault.ScopePair, r.Numbers)
		require.Equal(t, r.Code == fault.PairLimited, r.Retry == "4^n", r.Numbers)
		require.Contains(t, []fault.Scope{fault.ScopeMessage, fault.ScopePair, fault.ScopeContact, fault.ScopeTemplate, fault.ScopeNumber,
			fault.ScopeAccount, fault.ScopeCountry}, r.Scope, r.Numbers)
		offline := r.Code == fault.Auth || r.Code == fault.SenderOffline
		require.Equal(t, offline, r.Lift != "", "%s: what stops a channel says who may start it again", r.Numbers)
		if offline {
			require.Contains(t, []fault.Lift{fault.LiftProbe, fault.LiftPerson}, r.Lift, r.Numbers)
			require.Contains(t, []fault.Scope{fault.ScopeNumber, fault.ScopeAccount}, r.Scope, r.Numbers)
		}
		require.Contains(t, []string{"docs", "graph", "clients"}, r.Source, r.Numbers)
		require.True(t, strings.HasSuffix(r.Explanation, "."), r.Numbers)
		require.True(t, strings.HasSuffix(r.Remedy, "."), r.Numbers)
		for _, earlier := range codes()[:i] {
			covered := earlier.from <= r.from && r.to <= earlier.to
			sameSubcode := earlier.Subcode == "" || earlier.subFrom <= r.subFrom && r.subTo <= earlier.subTo && r.Subcode != ""
			sameWords := earlier.About == "" || earlier.About == r.About
			require.False(t, covered && sameSubcode && sameWords, "row %d (%s) is never reached", i, r.Numbers)
		}
	}
}

func TestATableWithMistakesIsRefused(t *testing.T) {
	for name, raw := range map[string]string{
		"no JSON": `[`, "an unknown column": `[{"code":"1","colour":"red"}]`, "no number": `[{"code":"x"}]`, "half a range": `[{"code":"1-"}]`,
		"a subcode that is none": `[{"code":"1","subcode":"y"}]`, "a cool-down without a unit": `[{"code":"1","coolDown":"5"}]`,
	} {
		_, err := readCodes([]byte(raw))
		require.Error(t, err, name)
	}
}

func TestWhatMustNotBeTriedAgainIsNot(t *testing.T) {
	for _, number := range []int{131026, 131047, 131049, 131050, 130472} {
		found, _ := lookUp(number, 0)
		require.Equal(t, fault.Never, found.Code.Retry(), "%d", number)
		require.False(t, found.reach("").Again, "%d", number)
	}
	upload, _ := lookUp(131053, 0)
	require.True(t, upload.reach("131053").Again, "an attachment that Meta could not take in is worth one more try")
}

func TestEveryCodeOfSendingHasAdvice(t *testing.T) {
	last := advice(fault.ProviderRejected)
	for _, r := range codes() {
		if r.Code == fault.InvalidPhone {
			continue
		}
		require.Equal(t, r.Code == fault.ProviderRejected, advice(r.Code) == last, "%s", r.Code)
	}
	require.NotEqual(t, last, advice(fault.Unconfirmed))
}

// TestThePageOfErrorsIsTheTable writes docs/providers/meta-errors.md with -update, and compares it otherwise.
func TestThePageOfErrorsIsTheTable(t *testing.T) {
	const file = "../../../docs/providers/meta-errors.md"
	page := errorsPage(codes())
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
	}
	require.Equal(t, string(readFile(t, file)), page, "run the tests of this package with -update and read what changed")
}

const pageHead = `# Meta's error codes

Made from [codes.json](../../internal/provider/meta/codes.json) by the tests of that package (` + "`go test ./internal/provider/meta -update`" + `); change the table, not this page. The code decides, with its subcode, whatever the HTTP status was; an answer and a later ` + "`failed`" + ` status are read by the same table. What is no answer at all (a time-out after the first byte, 502, 504, a 5xx that is not JSON) is *unconfirmed*: see [sending](../sending.md#unconfirmed).

**Reaches**: *message* only this one; *pair* this contact on this number; *contact* this person on every number; *template* this template on this channel; *number*, *account* (every number of the WABA or token), *country*. **Again**: *never*; *once* more; *backoff* the tenant's tries; *wait* until the limit has passed, no try is used up; *4^n* 1, 4, 16, 64 ... seconds; *hold* a flow's message stays pending until it recovers or is later than maxLateness, an API action fails at once. **Rests**: how long what it reaches is left alone; *(marketing)* only marketing is. **Lifted by**: who may bring a channel back that the code took offline: a probe that succeeds, or only a person or a webhook.

| code | retoma's code | reaches | again | rests | lifted by | what it means | what to do | source |
|---|---|---|---|---|---|---|---|---|
`

func errorsPage(rows []row) string {
	var page strings.Builder
	page.WriteString(pageHead)
	for _, r := range rows {
		number, rests := r.Numbers, r.CoolDown
		if r.Subcode != "" {
			number += " / " + r.Subcode
		}
		if r.About != "" {
			number += ", " + r.About
		}
		if r.Marketing {
			rests = strings.TrimSpace(rests + " (marketing)")
		}
		fmt.Fprintf(&page, "| %s | `%s` | %s | %s | %s | %s | %s | %s | %s |\n", number, r.Code, r.Scope, r.Retry, rests, r.Lift,
			r.Explanation, r.Remedy, r.Source)
	}
	return page.String()
}

func TestWordsOfErrors(t *testing.T) {
	for _, c := range []struct{ name, body, detail string }{
		{"details in error_data", `{"code":131047,"message":"m","title":"t","error_data":{"details":"d"}}`, "131047: d"},
		{"error_data as text", `{"code":100,"message":"m","error_data":"d"}`, "100: d"},
		{"details beside the code", `{"code":131051,"title":"t","details":"d"}`, "131051: d"},
		{"the user's message", `{"code":100,"message":"m","error_user_title":"x","error_user_msg":"u"}`, "100: u"},
		{"message before title", `{"code":100,"title":"t","message":"m"}`, "100: m"},
		{"only a title", `{"code":131014,"title":"t"}`, "131014: t"},
		{"a subcode", `{"code":190,"error_subcode":463,"message":"m"}`, "190/463: m"},
		{"a phone in the words", `{"code":131030,"message":"5511999990001 is not allowed, 1234567 is"}`, "131030: ************* is not allowed, 1234567 is"},
		{"line breaks", `{"code":1,"message":"a\n\n b\tc"}`, "1: a b c"},
		{"no code", `{"message":"m"}`, "m"},
		{"a code that is no number", `{"code":"x","message":"m"}`, "m"},
		{"nothing", `{}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.detail, readError(gjson.Parse(c.body)).detail())
		})
	}
}

func TestLongWordsAreCut(t *testing.T) {
	long := ""
	for len(long) < 2*maxDetail {
		long += "é ã "
	}
	body, err := json.Marshal(map[string]any{"code": 100, "message": long})
	require.NoError(t, err)
	detail := readError(gjson.ParseBytes(body)).detail()
	require.LessOrEqual(t, len(detail), maxDetail+10)
	require.True(t, json.Valid([]byte(`"`+detail+`"`)))
}
