package flows

import (
	"fmt"
	"slices"
	"strings"

	"retoma/internal/chat"
)

// graph checks how the steps are connected: every exit leads to a step, every step can be reached, every loop waits.
func (b *builder) graph() {
	places := map[string]int{}
	for i, node := range b.flow.definition.Nodes {
		if _, taken := places[node.ID]; !taken {
			places[node.ID] = i
		}
	}
	for i := range b.flow.definition.Nodes {
		b.exits(i, places)
	}
	if len(b.flow.triggers) == 0 {
		b.report("nodes", "falta um nó do tipo trigger: é por ele que o fluxo começa")
		return
	}
	b.reachable(places)
	b.loops(places)
	b.echoes(places)
}

// echoes refuses a flow that would start itself: what begins with our own messages may write follow-ups only, because
// those start no clock (domain.md section 4). Otherwise every message of it would begin it anew, without end.
func (b *builder) echoes(places map[string]int) {
	reached := b.from(b.flow.TriggersFor(string(chat.MessageSent)), places)
	for i, step := range b.steps {
		if step != nil && step.speaks && reached[i] {
			b.report(fmt.Sprintf("nodes[%d].type", i), "o que começa com message.sent só escreve com followup: outra mensagem o começaria de novo")
		}
	}
}

func (b *builder) exits(i int, places map[string]int) {
	node, step := b.flow.definition.Nodes[i], b.steps[i]
	path := fmt.Sprintf("nodes[%d]", i)
	b.leads(path+".next", node.Next, places)
	for _, name := range sortedKeys(node.Exits) {
		at := path + ".exits." + name
		switch {
		case name == string(Next):
			b.report(at, "esta saída se escreve no campo next do nó")
		case step != nil && !slices.Contains(step.exits, name):
			b.report(at, "este nó não tem esta saída; as dele são: %s", orNone(step.exits))
		case node.Exits[name] == "":
			b.report(at, "falta dizer a que nó esta saída leva")
		default:
			b.leads(at, node.Exits[name], places)
		}
	}
	if step == nil {
		return
	}
	if node.Next != "" && !slices.Contains(step.exits, string(Next)) {
		b.report(path+".next", "este nó não tem esta saída; as dele são: %s", orNone(step.exits))
	}
	for _, name := range step.required {
		if !step.Connected(Exit(name)) {
			b.report(exitPath(path, name), "falta ligar esta saída a um nó")
		}
	}
}

func exitPath(path, name string) string {
	if name == string(Next) {
		return path + ".next"
	}
	return path + ".exits." + name
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "nenhuma"
	}
	return strings.Join(names, ", ")
}

func (b *builder) leads(path, target string, places map[string]int) {
	if target == "" {
		return
	}
	if _, known := places[target]; !known {
		b.report(path, "leva a %q, que não existe", target)
	}
}

// targets lists where a node's exits lead, each once, in a fixed order.
func (b *builder) targets(i int, places map[string]int) []int {
	node := b.flow.definition.Nodes[i]
	names := []string{node.Next}
	for _, exit := range sortedKeys(node.Exits) {
		names = append(names, node.Exits[exit])
	}
	var found []int
	for _, name := range names {
		if place, known := places[name]; known && name != "" && !slices.Contains(found, place) {
			found = append(found, place)
		}
	}
	return found
}

func (b *builder) reachable(places map[string]int) {
	reached := b.from(b.flow.triggers, places)
	for i := range b.flow.definition.Nodes {
		if !reached[i] {
			b.report(fmt.Sprintf("nodes[%d].id", i), "nenhum caminho leva a este nó")
		}
	}
}

// from is every place that paths from some triggers lead to.
func (b *builder) from(triggers []TriggerWanted, places map[string]int) map[int]bool {
	reached := map[int]bool{}
	var queue []int
	for _, trigger := range triggers {
		queue = append(queue, places[trigger.NodeID])
	}
	for len(queue) > 0 {
		place := queue[0]
		queue = queue[1:]
		if reached[place] {
			continue
		}
		reached[place] = true
		queue = append(queue, b.targets(place, places)...)
	}
	return reached
}

// loops refuses circles without a waiting node, which would run for ever in one moment, and any circle in a flow that
// follows its author: there, a step is done once, whatever the order becomes.
func (b *builder) loops(places map[string]int) {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(b.flow.definition.Nodes))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		for _, target := range b.targets(i, places) {
			switch {
			case b.breaksLoops(target):
			case state[target] == open:
				b.report(fmt.Sprintf("nodes[%d].id", i), "volta a %q sem esperar: %s", b.flow.definition.Nodes[target].ID, b.cure())
			case state[target] == unseen:
				visit(target)
			}
		}
		state[i] = done
	}
	for i := range b.flow.definition.Nodes {
		if state[i] == unseen {
			visit(i)
		}
	}
}

func (b *builder) breaksLoops(i int) bool {
	return !b.flow.definition.FollowAuthor && b.steps[i] != nil && b.steps[i].waits
}

func (b *builder) cure() string {
	if b.flow.definition.FollowAuthor {
		return "um fluxo que acompanha o autor não pode ter voltas"
	}
	return "ponha um delay, um followup ou um wait_for_reply na volta"
}
