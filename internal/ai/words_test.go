package ai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBorderlineTexts(t *testing.T) {
	type truth struct {
		A, B string
		Same bool
	}
	for _, c := range truths[truth](t, "testdata/similar.json") {
		require.Equal(t, c.Same, Similarity(c.A, c.B) >= TooSimilar, "%q and %q: %.3f", c.A, c.B, Similarity(c.A, c.B))
	}
}

// words are texts as people write them.
func words() *rapid.Generator[string] {
	return rapid.StringMatching(`[A-Za-zÀ-ÿ]{1,8}([ ,.!?]{1,2}[A-Za-zÀ-ÿ0-9]{1,8}){0,12}`)
}

func TestSimilarityIsAMeasure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := words().Draw(t, "a"), words().Draw(t, "b")
		alike := Similarity(a, b)
		require.GreaterOrEqual(t, alike, 0.0)
		require.LessOrEqual(t, alike, 1.0)
		require.Equal(t, alike, Similarity(b, a), "it does not matter which was first")
		require.Equal(t, 1.0, Similarity(a, a))
		require.Equal(t, alike, Similarity(strings.ToUpper(a)+" !!", "  "+b+"\n"), "case and signs do not matter")
		if alike == 1 {
			require.Equal(t, sorted(fold(a)), sorted(fold(b)), "only the same characters are the same text")
		}
	})
}

// sorted is a text's characters without their order: texts with the same trigrams have the same characters.
func sorted(text string) map[rune]int {
	counts := map[rune]int{}
	for _, character := range text {
		counts[character]++
	}
	return counts
}

func TestTheMoreIsChangedTheLessAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z]{3,6}( [a-z]{3,6}){4,10}`).Draw(t, "text")
		parts := strings.Fields(text)
		before := 1.0
		for i := range parts {
			parts[i] = strings.Repeat("0", 3+i)
			alike := Similarity(text, strings.Join(parts, " "))
			require.Less(t, alike, before)
			before = alike
		}
		require.Zero(t, before, "nothing is left of it")
	})
}

func TestForbiddenWordsAreFoundWhereverTheyStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Letters only (÷ stands among them): a sign at a word's edge needs no border.
		word := rapid.StringMatching(`[a-zà-öø-ÿ]{2,8}`).Filter(func(s string) bool { return fold(s) != "" }).Draw(t, "word")
		before, after := words().Draw(t, "before"), words().Draw(t, "after")
		require.Equal(t, word, forbidden(before+" "+strings.ToUpper(word)+"! "+after, []string{word}))
		require.Empty(t, forbidden("xx"+word+"xx", []string{word}), "a part of a word is another word")
	})
}

func FuzzFold(f *testing.F) {
	for _, text := range []string{"", "  SIM, é isso!", "İstanbul ı ſ K Å ﬁ ß", "ｇｒａｔｉｓ", "a\u0301\u200b", "\xff", "ͅΐ", "ᏸ", "R$ 100%"} {
		f.Add(text, "é")
	}
	f.Fuzz(func(t *testing.T, text, word string) {
		once := fold(text)
		require.Equal(t, once, fold(once), "folding again changes nothing")
		require.Equal(t, strings.TrimSpace(once), once)
		alike := Similarity(text, word)
		require.Equal(t, alike, Similarity(word, text))
		require.True(t, alike >= 0 && alike <= 1)
		if found := forbidden(text, []string{word}); found != "" {
			require.Contains(t, folded(text), folded(word))
		}
		if folded(text) != "" {
			require.NotEmpty(t, forbidden(text, []string{text}), "a text has itself")
		}
	})
}
