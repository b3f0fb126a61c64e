package play

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"retoma/actions"
	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/catalog"
)

// maxDocument bounds what is read; a definition itself is limited to less.
const maxDocument = 1 << 20

// Check reads a flow, a model, a rule or an assistant's configuration, writes what is wrong with it, or what it is, to out.
// The error is flows.Problems for a document with mistakes.
func Check(r io.Reader, out io.Writer) error {
	body, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return err
	}
	w := &writer{out: out}
	flow, err := compile(body)
	if err != nil {
		for _, problem := range flows.AsProblems(err) {
			w.line("%s: %s", problem.Field, problem.Message)
		}
		return errors.Join(err, w.err)
	}
	w.line("%s: certo, %s", flow.Definition().Name, counted(len(flow.Definition().Nodes)))
	for _, warning := range warnings(body) {
		w.line("aviso: %s", warning)
	}
	return w.err
}

func counted(nodes int) string {
	if nodes == 1 {
		return "1 nó"
	}
	return fmt.Sprintf("%d nós", nodes)
}

// Play walks such a document (JSON) through a conversation (JSON, see [Conversation]) and writes the timeline to out, in
// local times. The error tells a mistake in either document, or where the conversation's expect did not come true.
func Play(definition, conversation []byte, out io.Writer) error {
	flow, err := compile(definition)
	if err != nil {
		return err
	}
	script, err := parseConversation(conversation)
	if err != nil {
		return err
	}
	s := newStage(flow, script, &writer{out: out})
	if err := s.play(); err != nil {
		return err
	}
	if s.out.err != nil {
		return s.out.err
	}
	return script.check(s.facts)
}

// documents are the files of an example's folder that may hold the document; see catalog.KindOf for what they hold.
func documents() []string { return []string{"flow.json", "model.json", "rule.json", "config.json"} }

// Folder plays an example: its document (flow.json, model.json, rule.json or config.json) and conversation.json beside it.
func Folder(files fs.FS, out io.Writer) error {
	definition, err := document(files)
	if err != nil {
		return err
	}
	conversation, err := fs.ReadFile(files, "conversation.json")
	if err != nil {
		return fmt.Errorf("a pasta precisa de conversation.json: %w", err)
	}
	return Play(definition, conversation, out)
}

func document(files fs.FS) ([]byte, error) {
	for _, name := range documents() {
		if body, err := fs.ReadFile(files, name); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return body, err
		}
	}
	return nil, fmt.Errorf("a pasta precisa de flow.json, model.json, rule.json ou config.json: %w", fs.ErrNotExist)
}

// compile compiles a document of any format.
func compile(body []byte) (*flows.Flow, error) {
	flow, err := catalog.New(1, registered()).Compile(flows.Document{Kind: catalog.KindOf(body), Body: body})
	if err != nil {
		return nil, err
	}
	flow.ID, flow.Version = "play", 1
	return flow, nil
}

// registered are the actions that an installation knows: what it would refuse is refused here, too.
func registered() []flows.ActionDescription {
	var known []flows.ActionDescription
	for _, action := range actions.List() {
		description := action.Describe()
		known = append(known, flows.ActionDescription{Name: description.Name, Check: description.Check})
	}
	return known
}

// warnings tells what compiles and yet will not do what was meant.
func warnings(body []byte) []string {
	switch catalog.KindOf(body) {
	case flows.ModelDocument:
		if model, err := followup.ParseModel(body); err == nil {
			return model.Warnings(true)
		}
	case flows.RuleDocument:
		if rule, err := followup.ParseRule(body); err == nil {
			return rule.Warnings(true)
		}
	}
	return nil
}

// writer keeps the first error of many small writes.
type writer struct {
	out io.Writer
	err error
}

func (w *writer) line(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, strings.TrimRight(format, "\n")+"\n", args...)
	}
}
