package expr

import (
	"strings"
	"testing"
)

func BenchmarkCompileCondition(b *testing.B) {
	for b.Loop() {
		if _, err := CompileCondition(`contact.stage == "lead" and any(trigger.items, .price > 40)`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	scope := exampleScope(b)
	for name, source := range map[string]string{
		"simple": `contact.stage == "lead" and trigger.total > 100`,
		"list":   `contact.tags contains "vip" and any(trigger.items, .price > 40)`,
		"text":   `normalize(vars.answer) matches "^(sim|quero)"`,
	} {
		condition, err := CompileCondition(source)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := condition.Eval(scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompileTemplate(b *testing.B) {
	for b.Loop() {
		if _, err := CompileTemplate(`Olá {{ contact.first_name | default: "cliente" }}, pedido {{ trigger.order_id }}`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	scope := exampleScope(b)
	for name, source := range map[string]string{
		"static": `Olá! Tudo bem?`,
		"simple": `Olá {{ contact.first_name | default: "cliente" }}, pedido {{ trigger.order_id }}`,
		"dates":  `{{ now | date: "%d/%m/%Y" }} {{ trigger.created_at | date: "%H:%M" }} {{ contact.phone | phone }}`,
	} {
		template, err := CompileTemplate(source)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := template.Render(scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNormalize(b *testing.B) {
	text := strings.Repeat("É isso aí, obrigado! ", 50)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		normalize(text)
	}
}

func BenchmarkPath(b *testing.B) {
	for b.Loop() {
		if _, found := Path([]byte(order), "items.1.sku"); !found {
			b.Fatal("not found")
		}
	}
}
