package expr

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	bombTime  = slowness * 50 * time.Millisecond
	bombBytes = 20 << 20
)

// requireCheap runs the work up to five times and judges the fastest, because the machine is shared, and the memory of one.
func requireCheap(t *testing.T, work func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fastest := time.Hour
	for attempt := 0; attempt < 5 && fastest > bombTime; attempt++ {
		start := time.Now()
		work()
		fastest = min(fastest, time.Since(start))
		if attempt == 0 {
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(bombBytes), "bytes allocated in all")
		}
	}
	require.Less(t, fastest, bombTime)
}

// hostileScope is what a hostile or careless sender can put into a scope: long lists, long texts, deep values.
func hostileScope() Scope {
	numbers, texts, same := make([]any, 300), make([]any, 300), make([]any, 5000)
	for i := range numbers {
		numbers[i] = float64(i)
		texts[i] = strings.Repeat("a", 3000) + fmt.Sprint(i)
	}
	for i := range same {
		same[i] = map[string]any{"x": strings.Repeat("a", 100)}
	}
	return Scope{Trigger: map[string]any{
		"numbers": numbers, "texts": texts, "long": same,
		"text": strings.Repeat("a", 1<<20), "page": strings.Repeat("a", 4096), "object": map[string]any{"all": same},
	}}
}

func TestConditionBombs(t *testing.T) {
	scope := hostileScope()
	doubling := `let a = "xxxxxxxxxxxxxxxx"; `
	for i := range 40 {
		previous := string(rune('a'+i%26)) + strings.Repeat("_", i/26)
		doubling += fmt.Sprintf("let %s = %s + %s; ", string(rune('a'+(i+1)%26))+strings.Repeat("_", (i+1)/26), previous, previous)
	}
	for name, source := range map[string]string{
		"nested repeat":                     `len(repeat(repeat("a", 99999), 99999)) > 0`,
		"doubling in reduce":                `len(reduce(1..29, #acc + #acc, "x")) > 0`,
		"doubling by let":                   doubling + `true`,
		"join":                              `len(join(map(1..1000, "aaaaaaaa"), "")) > 0`,
		"replace":                           `len(replace(trigger.text, "a", trigger.text)) > 0`,
		"concat":                            `len(concat(1..9999, 1..9999)) > 0`,
		"toJSON":                            `len(toJSON(trigger)) > 0`,
		"long range":                        `any(1..10000000, # < 0)`,
		"long range in a let":               `let r = 1..90000; any(r, any(r, # < 0))`,
		"ranges in a loop":                  `any(1..300, len(1..99000) < 0)`,
		"range from data":                   `len(1..trigger.numbers[299] * 1000000000) > 0`,
		"negative range":                    `len(-9000000000000000000..9000000000000000000) > 0`,
		"map in map":                        `len(map(1..300, map(1..300, map(1..300, #)))) > 0`,
		"lists in map in map":               `len(map(1..300, map(1..300, [#, #, #, #, #, #]))) > 0`,
		"list in a list":                    `any(trigger.numbers, any(trigger.numbers, # < 0))`,
		"list in a list in a list":          `any(trigger.numbers, any(trigger.numbers, any(trigger.numbers, # < 0)))`,
		"many lists in lists":               strings.Repeat(`all(trigger.numbers, all(trigger.numbers, # >= 0)) and `, 30) + `true`,
		"long list":                         `any(trigger.long, .x == "b")`,
		"in a long list, often":             `any(trigger.numbers, {"b" in trigger.long})`,
		"objects in a long list, often":     `any(trigger.numbers, trigger.long[4999] in trigger.long)`,
		"deep comparison, often":            `any(trigger.numbers, trigger.object != trigger.object)`,
		"long comparison, often":            `any(trigger.numbers, trigger.text != trigger.text)`,
		"search in a long text, often":      `any(trigger.numbers, {trigger.text contains "b"})`,
		"long text changed, often":          `any(trigger.numbers, lower(trigger.page) == "b")`,
		"long text normalized":              `normalize(trigger.text) == "b"`,
		"texts normalized":                  `any(trigger.texts, any(trigger.texts, normalize(#) == "b"))`,
		"long text measured, often":         `any(trigger.numbers, len(trigger.text) < 0)`,
		"joins, often":                      `any(trigger.numbers, any(trigger.numbers, trigger.page + trigger.page == "b"))`,
		"pattern on a long text":            `trigger.text matches "(a|aa)+$"`,
		"pattern on texts":                  `any(trigger.texts, any(trigger.texts, # matches "^(a+)+$"))`,
		"huge pattern":                      `trigger.page matches "((a{0,30}){0,30})b"`,
		"too huge pattern":                  `trigger.page matches "((((a{0,99}){0,99}){0,99}){0,99})b"`,
		"many large patterns":               strings.Repeat(`trigger.text matches "`+strings.Repeat("a{1000}", 36)+`" or `, 13) + `false`,
		"many large patterns, unicode":      strings.Repeat(`trigger.page matches "(?i)`+strings.Repeat(`\\pL{9}`, 31)+`" or `, 13) + `false`,
		"number in a long text":             `float(trigger.text) > 1`,
		"extreme of a long list, often":     `any(trigger.numbers, max(trigger.long) < 0)`,
		"text of a large object":            `any(trigger.numbers, string(trigger) == "b")`,
		"long source":                       `true or ` + strings.Repeat("true or ", 600) + `true`,
		"longer source":                     strings.Repeat(" ", 5000) + "true",
		"deep brackets":                     strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000),
		"deep not":                          strings.Repeat("!", 4000) + "true",
		"power":                             `9 ** 9 ** 9 ** 9 > 1`,
		"division by zero":                  `1 % 0 == 1`,
		"all at once in a predicate's body": `any(trigger.numbers, any(trigger.numbers, ` + strings.Repeat(`# < 0 or `, 60) + `false))`,
	} {
		t.Run(name, func(t *testing.T) {
			requireCheap(t, func() {
				if condition, err := CompileCondition(source); err == nil {
					_, _ = condition.Eval(scope)
				}
			})
		})
	}
}

// The budget must not stand in the way of what people do.
func TestHonestConditionsFitTheBudget(t *testing.T) {
	scope := hostileScope()
	for _, source := range []string{
		`count(trigger.numbers, # > 10 and # < 200) == 189`,
		`any(trigger.numbers, # == 299) and all(trigger.numbers, # >= 0)`,
		`any(1..40, any(1..40, # == 40))`,
		`count(trigger.texts, lower(#) contains "a1") == 111`,
		`trigger.page matches "^a+$" and trigger.text contains "a"`,
		`len(trigger.long) == 5000 and trigger.numbers == map(0..299, #)`,
	} {
		condition, err := CompileCondition(source)
		require.NoError(t, err, source)
		result, err := condition.Eval(scope)
		require.NoError(t, err, source)
		require.True(t, result, source)
	}
}

func TestTemplateBombs(t *testing.T) {
	scope := hostileScope()
	for name, source := range map[string]string{
		"tags":                   `{% for i in (1..50000000) %}x{% endfor %}`,
		"range":                  `{{ (1..50000000) }}`,
		"range in json":          `{{ (1..50000000) | json }}`,
		"replace grows":          `{{ "aaaaaaaaaa"` + strings.Repeat(` | replace: "a", "aaaaaaaaaa"`, 200) + ` }}`,
		"replace with data":      `{{ trigger.page | replace: "a", trigger.page }}`,
		"long text":              `{{ trigger.text }}`,
		"long text, filtered":    `{{ trigger.text` + strings.Repeat(" | upcase | downcase", 100) + ` }}`,
		"page, filtered":         `{{ trigger.page` + strings.Repeat(" | upcase | capitalize", 149) + ` }}`,
		"pages":                  strings.Repeat(`{{ trigger.page }}`, 200),
		"large object":           strings.Repeat(`{{ trigger | json }}`, 200),
		"long list":              strings.Repeat(`{{ trigger.texts }}`, 200),
		"list of objects":        strings.Repeat(`{{ trigger.long }}`, 200),
		"json of json":           `{{ trigger.numbers` + strings.Repeat(" | json", 200) + ` }}`,
		"padding by truncate":    `{{ "x" | truncate: 99999999999, "y" }}`,
		"ellipsis":               `{{ trigger.page | truncate: 1, trigger.page }}`,
		"date format":            `{{ 1 | date: "` + strings.Repeat("%A", 10000) + `" }}`,
		"date of a long text":    `{{ trigger.text | date }}`,
		"phone of a long text":   `{{ trigger.page | phone }}`,
		"number grows":           `{{ 9` + strings.Repeat(" | times: 999999999999", 40) + ` }}`,
		"decimals":               `{{ 1.5 | round: 99999999 }}`,
		"many holes":             strings.Repeat(`{{ 1 }}`, 4000),
		"many braces":            strings.Repeat(`{{`, 16000),
		"many quotes":            `{{ ` + strings.Repeat(`""`, 15000) + ` }}`,
		"many brackets":          `{{ trigger` + strings.Repeat(`[`, 30000) + ` }}`,
		"nested keys":            `{{ trigger` + strings.Repeat(`[trigger`, 3000) + strings.Repeat(`]`, 3000) + ` }}`,
		"long path":              `{{ trigger` + strings.Repeat(`.a`, 15000) + ` }}`,
		"long source":            strings.Repeat("x", 1<<20),
		"wide source of newline": strings.Repeat("\n{{ 1 }}", 3000),
	} {
		t.Run(name, func(t *testing.T) {
			requireCheap(t, func() {
				if template, err := CompileTemplate(source); err == nil {
					text, _ := template.Render(scope)
					require.LessOrEqual(t, len(text), maxRenderedBytes)
				}
			})
		})
	}
}

func TestPathBombs(t *testing.T) {
	key := strings.Repeat("a", 10_000)
	raw := []byte(`{"` + key + `": 1, "list": [` + strings.Repeat(`{"x": [1, 2, 3]},`, 5000) + `{}]}`)
	for name, path := range map[string]string{
		"wild cards":       strings.Repeat("*a", 300) + "*b",
		"question marks":   strings.Repeat("?*", 300),
		"every item":       "list" + strings.Repeat(".#", 30),
		"query":            `list.#(x.#(=="1"))#.x.#(>1)#`,
		"pattern query":    `list.#(x%"` + strings.Repeat("*a", 100) + `")#`,
		"nested queries":   "list" + strings.Repeat(".#(x", 200) + strings.Repeat(")", 200),
		"many dots":        strings.Repeat(".", 1000),
		"many pipes":       strings.Repeat("|", 1000),
		"modifiers":        strings.Repeat("@pretty|", 100) + "list",
		"multipath":        strings.Repeat("[list,", 100) + strings.Repeat("]", 100),
		"lines":            "..#.x",
		"lines all deeper": ".." + strings.Repeat("#.", 25) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			requireCheap(t, func() { _, _ = Path(raw, path) })
		})
	}
	t.Run("deep JSON", func(t *testing.T) {
		deep := []byte(strings.Repeat("[", 8<<20))
		requireCheap(t, func() { _, _ = Path(deep, "0.0.0") })
	})
}
