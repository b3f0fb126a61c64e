package ai

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func truths[T any](t *testing.T, path string) []T {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var cases []T
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.NotEmpty(t, cases)
	return cases
}

func TestWhatMayBeSent(t *testing.T) {
	type truth struct {
		Name, Answer, Text, Check string
		Reply                     bool
		Forbidden, FollowUps      []string
		Remarks                   int
	}
	for _, c := range truths[truth](t, "testdata/answers.json") {
		t.Run(c.Name, func(t *testing.T) {
			text, remarks := tidy(c.Answer)
			require.Len(t, remarks, c.Remarks)
			wrong := judge(Job{Reply: c.Reply, Forbidden: c.Forbidden, FollowUps: c.FollowUps}, completion{text: c.Answer}, text)
			if c.Check != "" {
				require.NotNil(t, wrong, "%q passed", text)
				require.Equal(t, c.Check, wrong.check, wrong.text)
				return
			}
			require.Nil(t, wrong)
			require.Equal(t, c.Text, text)
		})
	}
}

func TestLengthIsCountedInCharacters(t *testing.T) {
	for _, c := range []struct {
		name, text, check string
	}{
		{"as long as may be", strings.Repeat("é", LongestText), ""},
		{"one more", strings.Repeat("é", LongestText+1), checkLength},
		{"emoji are one each", strings.Repeat("😀", LongestText), ""},
		{"huge", strings.Repeat("oi ", 1_000_000), checkLength},
	} {
		wrong := judge(Job{}, completion{}, c.text)
		if c.check == "" {
			require.Nil(t, wrong, c.name)
			continue
		}
		require.Equal(t, c.check, wrong.check, c.name)
	}
}

func TestWhatTheModelDidNotFinishIsNotSent(t *testing.T) {
	require.Equal(t, checkLength, judge(Job{}, completion{cut: true}, "Oi, tudo").check)
	require.Equal(t, checkFiltered, judge(Job{}, completion{filtered: true}, "Oi, tudo").check)
	require.Equal(t, checkFiltered, judge(Job{}, completion{refusal: "I can't"}, "").check)
	require.Nil(t, judge(Job{}, completion{refusal: "?"}, "Oi, tudo bem?"), "a text counts more than a remark beside it")
}

func FuzzTidyAndJudge(f *testing.F) {
	for _, c := range truthsOf(f, "testdata/answers.json") {
		f.Add(c)
	}
	f.Add("```\n```")
	f.Add("\"")
	f.Add("“”")
	f.Add("\xff\xfe{{")
	f.Add("0{0}}0")
	f.Fuzz(func(t *testing.T, answer string) {
		text, _ := tidy(answer)
		require.True(t, utf8.ValidString(text))
		require.NotContains(t, text, "\r")
		require.NotContains(t, text, "\x00", "SQL cannot keep it")
		require.Equal(t, strings.TrimSpace(text), text)
		if judge(Job{}, completion{text: answer}, text) != nil {
			return
		}
		require.NotEmpty(t, text)
		require.LessOrEqual(t, utf8.RuneCountInString(text), LongestText)
		require.NotContains(t, text, "{{")
		require.NotContains(t, text, "}}")
		require.NotNil(t, judge(Job{FollowUps: []string{text}}, completion{}, text), "what was just sent is not sent again")
	})
}

func truthsOf(f *testing.F, path string) []string {
	f.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(f, err)
	var cases []struct{ Answer string }
	require.NoError(f, json.Unmarshal(raw, &cases))
	var answers []string
	for _, c := range cases {
		answers = append(answers, c.Answer)
	}
	return answers
}
