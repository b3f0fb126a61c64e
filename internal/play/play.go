package play

import (
	"encoding/json"
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

// Check reads a flow or a model, writes what is wrong with it, or what it is, to out. The error is flows.Problems for a
// document with mistakes.
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

// Play walks a flow or a model (JSON) through a conversation (JSON, see [Conversation]) and writes the timeline to out,
// in local times. The error tells a mistake in either document, or where the conversation's expect did not come true.
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

// Folder plays an example: flow.json or model.json, and conversation.json beside it.
func Folder(files fs.FS, out io.Writer) error {
	definition, err := fs.ReadFile(files, "flow.json")
	if errors.Is(err, fs.ErrNotExist) {
		definition, err = fs.ReadFile(files, "model.json")
	}
	if err != nil {
		return fmt.Errorf("a pasta precisa de flow.json ou model.json: %w", err)
	}
	conversation, err := fs.ReadFile(files, "conversation.json")
	if err != nil {
		return fmt.Errorf("a pasta precisa de conversation.json: %w", err)
	}
	return Play(definition, conversation, out)
}

// compile tells flows and models apart by their lists.
func compile(body []byte) (*flows.Flow, error) {
	document := flows.Document{Kind: flows.FlowDocument, Body: body}
	if isModel(body) {
		document.Kind = flows.ModelDocument
	}
	flow, err := catalog.New(1, registered()).Compile(document)
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

func isModel(body []byte) bool {
	var lists struct {
		Nodes    json.RawMessage `json:"nodes"`
		Messages json.RawMessage `json:"messages"`
	}
	return json.Unmarshal(body, &lists) == nil && lists.Nodes == nil && lists.Messages != nil
}

func warnings(body []byte) []string {
	if !isModel(body) {
		return nil
	}
	model, err := followup.ParseModel(body)
	if err != nil {
		return nil
	}
	return model.Warnings(true)
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
