package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What differs from the file must never be dropped: it would come back as the file has it.
func TestOnlyPagesThatTheFileHasAreLetGo(t *testing.T) {
	const smaps = `00400000-02444000 r-xp 00000000 fe:00 4711                    /opt/my programs/retoma
Size:              33040 kB
Rss:               23944 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
02444000-0485f000 r--p 02044000 fe:00 4711                    /opt/my programs/retoma
Size:              36972 kB
Anonymous:             0 kB
0485f000-04860000 r--p 0445f000 fe:00 4711                    /opt/my programs/retoma
Anonymous:             4 kB
04860000-04a39000 rw-p 0445f000 fe:00 4711                    /opt/my programs/retoma
Anonymous:             0 kB
32b8fc00000-32b92c00000 rw-p 00000000 00:00 0
Anonymous:         23120 kB
7fa6704ce000-7fa670800000 r-xp 00000000 fe:00 12              /usr/lib/libc.so.6
Anonymous:             0 kB
`
	spans, err := programSpans(strings.NewReader(smaps), "/opt/my programs/retoma")
	require.NoError(t, err)
	require.Equal(t, []span{{0x400000, 0x2444000}, {0x2444000, 0x485f000}}, spans)

	_, err = programSpans(strings.NewReader("0x-zz r-xp 0 fe:00 1 /p\n"), "/p")
	require.Error(t, err)
}

// The program goes on when its pages are gone.
func TestAProgramLivesWithoutItsPages(t *testing.T) {
	require.NoError(t, releaseProgram())
	require.Equal(t, "it runs", strings.ToLower("IT RUNS"))
}
