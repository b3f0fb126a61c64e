package meta

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"retoma/internal/fault"
)

// TestWhatEachCodeMeans is the table of providers.md section 1.4 as the engine must see it.
func TestWhatEachCodeMeans(t *testing.T) {
	for means, numbers := range map[fault.Code][]int{
		fault.Auth:             {0, 3, 10, 102, 190, 200, 250, 299, 131005},
		fault.ProviderDown:     {1, 2, 131000, 131016, 131057, 133004},
		fault.RateLimited:      {4, 613, 80007, 130429, 132069, 133016, 134101, 134102},
		fault.PairLimited:      {131056},
		fault.SenderOffline:    {368, 131031, 131037, 131042, 131044, 131045, 131048, 131064, 133010},
		fault.Unreachable:      {131021, 131026},
		fault.OutsideWindow:    {131047},
		fault.OptedOut:         {131050},
		fault.PolicyBlocked:    {130472, 130497, 131049},
		fault.TemplateNotFound: {132001},
		fault.TemplateParams:   {132000, 132005, 132008, 132012, 132018},
		fault.TemplatePaused:   {131063, 132007, 132015, 132016, 132068},
		fault.Media:            {131014, 131052, 131053},
		fault.ProviderRejected: {100, 131008, 131009, 131030, 131051, 131062, 135000, 137000, 2388001, 300, 999999, -1},
	} {
		for _, number := range numbers {
			t.Run(fmt.Sprint(number), func(t *testing.T) {
				found := readError(gjson.Parse(fmt.Sprintf(`{"code":%d}`, number))).fault()
				require.Equal(t, means, found.code)
				require.Equal(t, fmt.Sprint(number), readError(gjson.Parse(fmt.Sprintf(`{"code":%d}`, number))).detail())
			})
		}
	}
}

func TestASubcodeNarrowsACode(t *testing.T) {
	for subcode, means := range map[int]fault.Code{33: fault.Auth, 34: fault.ProviderRejected, 0: fault.ProviderRejected} {
		found, listed := lookUp(100, subcode)
		require.True(t, listed)
		require.Equal(t, means, found.code)
	}
}

func TestTheTableIsWellMade(t *testing.T) {
	for i, r := range codes {
		require.True(t, r.code.Known(), "row %d", i)
		require.LessOrEqual(t, r.from, r.to, "row %d", i)
		require.NotEqual(t, fault.Unconfirmed, r.code, "a code of Meta's is an answer")
		for _, earlier := range codes[:i] {
			overlap := r.from <= earlier.to && earlier.from <= r.to
			require.False(t, overlap && (earlier.subcode == 0 || earlier.subcode == r.subcode), "row %d is never reached", i)
		}
	}
}

func TestWhatMustNotBeTriedAgainIsNot(t *testing.T) {
	for _, number := range []int{131026, 131047, 131049, 131050, 130472} {
		found, _ := lookUp(number, 0)
		require.Equal(t, fault.Never, found.code.Retry(), "%d", number)
	}
}

func TestEveryCodeOfSendingHasAdvice(t *testing.T) {
	last := advice(fault.ProviderRejected)
	for _, r := range codes {
		require.Equal(t, r.code == fault.ProviderRejected, advice(r.code) == last, "%s", r.code)
	}
	require.NotEqual(t, last, advice(fault.Unconfirmed))
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
