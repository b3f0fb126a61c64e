package goals

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheLoadGeneratorsReportIsRead(t *testing.T) {
	raw, err := os.ReadFile("testdata/load.json")
	require.NoError(t, err)
	l, err := readLoad(raw)
	require.NoError(t, err)
	require.Equal(t, 799.6, l.Rates.Acked)
	require.Equal(t, 499.25, l.Rates.Sends)
	require.Equal(t, 82.5, l.Ack.P99)
	require.Equal(t, quantiles{N: 1997, Min: -1.25, P50: 12, P99: 86, Max: 110}, l.Lateness)
	require.Zero(t, l.EndToEnd.N, "what is due has no time from end to end")
	require.Equal(t, 28.76, l.CPU)
	require.Equal(t, 131.75, l.own(), "gateway and worker, without their servers")
	require.Equal(t, 3.0, l.wrong(), "two lost and one doubled")
	require.Equal(t, 4.25, l.Machine.Other)

	_, err = readLoad([]byte(`{"messages": {"attempted": 0}}`))
	require.Error(t, err, "a run that posted nothing is no measurement")
}

func TestWhatProcessesUseIsRead(t *testing.T) {
	used, err := readMemory(bufio.NewScanner(strings.NewReader("Name:\tretoma\nVmPeak:\t  999999 kB\nVmRSS:\t   83968 kB\nRssAnon:\t   30720 kB\nRssFile:\t   53248 kB\n")))
	require.NoError(t, err)
	require.Equal(t, memory{Resident: 82, Anonymous: 30}, used)
	_, err = readMemory(bufio.NewScanner(strings.NewReader("Name:\tzombie\n")))
	require.Error(t, err)

	spent, err := readCPU("4711 (a name) with brackets) S 1 4711 4711 0 -1 4194560 1 0 0 0 250 75 0 0 20 0 12 0 100 1 1")
	require.NoError(t, err)
	require.Equal(t, 3.25, spent)
	_, err = readCPU("4711 (gone)")
	require.Error(t, err)
	own, err := cpuOf(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, own, 0.0)
}

func TestAMedianIsInTheMiddle(t *testing.T) {
	_, known := median(nil)
	require.False(t, known)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 9).Draw(t, "values")
		given := slices.Clone(values)
		middle, known := median(values)
		require.True(t, known)
		require.Equal(t, given, values, "what was noted stays in its order")
		below, above := 0, 0
		for _, v := range values {
			if v < middle {
				below++
			}
			if v > middle {
				above++
			}
		}
		require.LessOrEqual(t, max(below, above), len(values)/2)
	})
}

func TestGoalsAreJudgedByMediansAndTheFloorOfTheSameRun(t *testing.T) {
	b := NewBook()
	for _, v := range []float64{10_000, 12_000, 14_000} {
		b.Note(Floor, Acks, v)
	}
	for _, v := range []float64{1000, 7300, 7250} {
		b.Note(One, Acks, v)
	}
	line := judge(b, aim{1, "acknowledged", One, Acks, atLeastOf(0.6, Floor)})
	require.Equal(t, ">= 0.60 x floor", line.Aim)
	require.Equal(t, []float64{12_000, 7250}, []float64{*line.Floor, *line.Value})
	require.InDelta(t, 0.604, *line.Ratio, 0.001)
	require.True(t, *line.Reached)

	b.Note(One, CPU, 5)
	require.Nil(t, judge(b, aim{6, "CPU", One, CPU, atMostOf(2, Floor)}).Reached, "without a floor nothing can be said")
	b.Note(Floor, CPU, 2.4)
	require.False(t, *judge(b, aim{6, "CPU", One, CPU, atMostOf(2, Floor)}).Reached)

	b.Note(Embedded, IdleMemory, 60)
	require.True(t, *judge(b, aim{8, "idle", Embedded, IdleMemory, atMost(60, " MB")}).Reached)
	require.Nil(t, judge(b, aim{8, "idle", Split, IdleMemory, atMost(60, " MB")}).Value)
}

func TestWhatMustNeverHappenIsNotOutvoted(t *testing.T) {
	b := NewBook()
	for _, lost := range []float64{0, 1, 0} {
		b.Note(Split, CrashLost, lost)
	}
	line := judge(b, aim{10, "lost", Split, CrashLost, never()})
	require.Equal(t, 1.0, *line.Value)
	require.False(t, *line.Reached)
}

func TestEveryAimHasASystemAndAFigure(t *testing.T) {
	seen := map[aim]bool{}
	goals := map[int]bool{}
	for _, a := range aims() {
		require.False(t, seen[a], "%+v stands there twice", a)
		seen[a], goals[a.number] = true, true
		require.NotEmpty(t, a.what)
		require.NotEmpty(t, a.system)
		require.NotEmpty(t, a.figure)
	}
	for number := 1; number <= 12; number++ {
		require.True(t, goals[number], "goal %d has no line; the 13th is counted by tests", number)
	}
}

func TestTheReportIsATable(t *testing.T) {
	b := NewBook()
	b.Note(Floor, Acks, 13_400)
	b.Note(One, Acks, 8100.4)
	b.Note(One, AckAtHalf, 12.345)
	b.noteMachine(3, 12)
	r := Report{
		At: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), Machine: Machine{Cores: 2, CPU: "a CPU", Go: "go1.26"}, Runs: 3,
		Disturbed: b.Disturbed(), Goals: judged(b), Figures: b.values, Notes: []string{"Something else."},
	}
	var out strings.Builder
	require.NoError(t, r.Write(&out))
	require.Equal(t, `2 cores, a CPU, go1.26; medians of 3; 2026-11-22 18:00 UTC; other programs used 25 % of the machine meanwhile.

| goal | what | of | aim | floor | measured | ratio | reached |
|---|---|---|---|---|---|---|---|
| 1 | webhooks acknowledged a second, 64 connections | retoma | >= 0.60 x floor | 13,400 | 8,100 | 0.60 | yes |
| 1 | acknowledgement p99 at half that rate | retoma | <= 10 ms | - | 12.3 | - | **no** |

| system | figure | median | least and most |
|---|---|---|---|
| floor | ack/s | 13,400 | 13,400 - 13,400 |
| retoma | ack p99 ms at half | 12.3 | 12.3 - 12.3 |
| retoma | ack/s | 8,100 | 8,100 - 8,100 |

Something else.
`, out.String())
	require.False(t, r.Reached())
}

func TestNumbersHaveAsManyDigitsAsSaySomething(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.6: "0.60", 3: "3", 9.876: "9.88", 12.34: "12.3", 123.6: "124", 13_400: "13,400", 1_234_567.8: "1,234,568", -297.2: "-297", -1500: "-1,500"} {
		require.Equal(t, want, number(value))
	}
}

func TestAcceptingManyTakesItsTime(t *testing.T) {
	require.Equal(t, 30*time.Second, accepting(2000, 1000))
	require.Equal(t, 50*time.Second, accepting(20_000, 1000))
	require.Equal(t, 30*time.Second, accepting(20_000, 10_000))
}

func TestRedisTellsWhatItHolds(t *testing.T) {
	keys, megabytes, err := readRedisUse(bufio.NewScanner(strings.NewReader("$90\r\n# Memory\r\nused_memory:3145728\r\nused_memory_human:3M\r\n\r\n:42\r\n")))
	require.NoError(t, err)
	require.Equal(t, []float64{42, 3}, []float64{keys, megabytes})
	_, _, err = readRedisUse(bufio.NewScanner(strings.NewReader("-NOAUTH Authentication required.\r\n")))
	require.Error(t, err)
}
