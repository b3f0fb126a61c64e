package expr

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const order = `{"id": 450789469123456789, "total": 199.9, "paid": true, "note": null, "a.b": "dotted", "@type": "Order",
	"customer": {"name": "Ana", "email": "ana@loja.com"},
	"items": [{"sku": "A", "qty": 2, "mail": "a@b.c"}, {"sku": "B", "qty": 1, "mail": "x@y.z"}]}`

func TestPath(t *testing.T) {
	for _, row := range []struct {
		name, path string
		value      any
		found      bool
	}{
		{"a name", "paid", true, true},
		{"a name in a name", "customer.name", "Ana", true},
		{"a fraction", "total", 199.9, true},
		{"a small whole number", "items.0.qty", 2.0, true},
		{"an id that a float64 would change", "id", 450789469123456789, true},
		{"null is there", "note", nil, true},
		{"an index", "items.1.sku", "B", true},
		{"how many", "items.#", 2.0, true},
		{"one key of every item", "items.#.sku", []any{"A", "B"}, true},
		{"the first that fits", `items.#(sku=="B").qty`, 1.0, true},
		{"a value with @ in quotes", `items.#(mail=="x@y.z").sku`, "B", true},
		{"a name with a dot", `a\.b`, "dotted", true},
		{"a name with @", `\@type`, "Order", true},
		{"a whole object", "customer", map[string]any{"name": "Ana", "email": "ana@loja.com"}, true},
		{"a name that is not there", "customer.phone", nil, false},
		{"an index that is not there", "items.9.sku", nil, false},
		{"nothing", "", nil, false},
		{"modifier", "@pretty", nil, false},
		{"modifier later", "customer.@keys", nil, false},
		{"modifier in a pipe", "customer|@keys", nil, false},
		{"modifier in a query", `items.#(@this.sku=="A")`, nil, false},
		{"literal", `!"made up"`, nil, false},
		{"literal later", `customer.!"made up"`, nil, false},
		{"new object", `{total,paid}`, nil, false},
		{"new list", `customer.[name,email]`, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			value, found := Path([]byte(order), row.path)
			require.Equal(t, row.found, found)
			require.Equal(t, row.value, value)
		})
	}
}

func TestPathReadsOnlyValidJSON(t *testing.T) {
	for name, raw := range map[string]string{
		"cut off":  `{"a": {"b": 1}, "c": [1, 2`,
		"trailing": `{"a": {"b": 1}} x`,
		"empty":    "",
		"a word":   "hello",
		"too deep": strings.Repeat(`{"a":`, maxJSONDepth+1) + "1" + strings.Repeat("}", maxJSONDepth+1),
		"unclosed": strings.Repeat("[", 10_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Path([]byte(raw), "a.b")
			require.False(t, found)
		})
	}
	value, found := Path([]byte(`{"text": "[[[ \" {{{ "}`), "text")
	require.True(t, found, "brackets inside texts are not nesting")
	require.Equal(t, `[[[ " {{{ `, value)
}

func FuzzPath(f *testing.F) {
	f.Add([]byte(order), "customer.name")
	f.Add([]byte(order), `items.#(qty>1)#.sku`)
	f.Add([]byte(`[1,2`), "0")
	f.Add([]byte(`{"a":"\ud800"}`), "a|@ugly")
	f.Add([]byte(`{"a":1}`), `*a*a*b.!.\`)
	f.Fuzz(func(t *testing.T, raw []byte, path string) {
		value, found := Path(raw, path)
		if !found {
			require.Nil(t, value)
		}
	})
}
