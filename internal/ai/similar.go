package ai

// TooSimilar is the similarity from which a text is nearly the same as the last follow-up. At 0.85 a changed greeting, name
// or emoji does not make a new text, while a rephrased sentence does (testdata/similar.json has the borderline cases).
const TooSimilar = 0.85

// Similarity is how alike two texts read, from 0 (nothing in common) to 1 (the same): the Sørensen-Dice coefficient of
// their character trigrams, 2·|A∩B| / (|A|+|B|) with repetitions counted, after case, accents and punctuation are folded
// away. Each text is framed by a space, so that words weigh by their beginnings and ends too. Two texts without
// any letter or digit are the same only if they are equal.
func Similarity(a, b string) float64 {
	first, second := fold(a), fold(b)
	if first == "" || second == "" {
		if first == second && a == b {
			return 1
		}
		return 0
	}
	inFirst, sizeFirst := trigrams(first)
	inSecond, sizeSecond := trigrams(second)
	shared := 0
	for part, count := range inFirst {
		shared += min(count, inSecond[part])
	}
	return 2 * float64(shared) / float64(sizeFirst+sizeSecond)
}

// trigrams counts the runs of three characters of a text between two spaces: at least one, for the text is not empty.
func trigrams(text string) (counts map[[3]rune]int, size int) {
	counts = map[[3]rune]int{}
	characters := []rune(" " + text + " ")
	for i := 0; i+3 <= len(characters); i++ {
		counts[[3]rune(characters[i:i+3])]++
		size++
	}
	return counts, size
}
