package archive_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/archive"
)

func TestRowsAreSpelledAsPostgreSQLDoes(t *testing.T) {
	odd := "a\tb\nc\\d\re"
	empty, letter := "", "N"
	line := archive.AppendRow(nil, []*string{&odd, nil, &empty, &letter})
	require.Equal(t, `a\tb\nc\\d\re`+"\t"+`\N`+"\t\tN\n", string(line))
	require.NoError(t, archive.EachRow(bytes.NewReader(line), 4, func(cells []*string) error {
		require.Equal(t, []*string{&odd, nil, &empty, &letter}, cells)
		return nil
	}))
}

func TestARowThatIsNoneIsToldWithItsPlace(t *testing.T) {
	for name, test := range map[string]struct{ rows, says string }{
		"too few cells":    {"a\tb\nc\n", "row 2: 1 cells for 2 columns"},
		"cut off":          {"a\tb\nc\td", "row 2 is cut off"},
		"half an escape":   {"a\tb\\\n", "row 1: a cell ends in the middle of an escape"},
		"an unknown one":   {"a\t\\q\n", `the escape \q has no meaning here`},
		"too many of them": {"a\tb\tc\n", "3 cells for 2 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			err := archive.EachRow(strings.NewReader(test.rows), 2, func([]*string) error { return nil })
			require.ErrorContains(t, err, test.says)
		})
	}
}

func FuzzRowsComeBackAsTheyWere(f *testing.F) {
	f.Add("plain", "with\ttab\nand \\ line", true)
	f.Add(`\N`, "", false)
	f.Fuzz(func(t *testing.T, one, two string, none bool) {
		cells := []*string{&one, &two, nil}
		if none {
			cells[0] = nil
		}
		line := archive.AppendRow(nil, cells)
		seen := 0
		require.NoError(t, archive.EachRow(bytes.NewReader(line), 3, func(back []*string) error {
			seen++
			require.Equal(t, cells, back)
			return nil
		}))
		require.Equal(t, 1, seen)
	})
}

func FuzzReadingRowsNeverPanics(f *testing.F) {
	f.Add([]byte("a\tb\n\\N\t\\t\n"))
	f.Add([]byte("\\"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := archive.EachRow(bytes.NewReader(raw), 2, func(cells []*string) error {
			require.Len(t, cells, 2)
			return nil
		})
		if err == nil && len(raw) > 0 {
			require.Equal(t, byte('\n'), raw[len(raw)-1])
		}
	})
}
