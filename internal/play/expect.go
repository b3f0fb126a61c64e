package play

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"retoma/internal/fault"
)

// Expect is one thing that should happen at a local time: exactly one of the other fields.
//
// Every message that leaves must be expected, in order. The other kinds are compared only if the script names one of them.
type Expect struct {
	At string `json:"at"`
	// Send is a message as the timeline shows it.
	Send string `json:"send"`
	// Failed is the code with which a follow-up or a send failed.
	Failed string `json:"failed"`
	// Cancelled and Responded are the reasons with which follow-ups ended unsent.
	Cancelled string `json:"cancelled"`
	Responded string `json:"responded"`
	// Action is any other action, as the timeline shows it.
	Action string `json:"action"`
	// End is the state in which a run ended, with its reason: "stopped: atendimento humano".
	End string `json:"end"`
}

// fact is one thing that did happen.
type fact struct {
	at   time.Time
	kind string
	text string
}

func (e Expect) fact() (kind, text string) {
	for _, given := range [][2]string{
		{"send", e.Send}, {"failed", e.Failed}, {"cancelled", e.Cancelled}, {"responded", e.Responded}, {"action", e.Action}, {"end", e.End},
	} {
		if given[1] != "" {
			return given[0], given[1]
		}
	}
	return "", ""
}

// check compares what happened with what was expected. A script without expect is only shown.
func (c *Conversation) check(facts []fact) error {
	if c.Expect == nil {
		return nil
	}
	compared := map[string]bool{"send": true}
	var want []string
	for i, expected := range c.Expect {
		kind, text := expected.fact()
		if kind == "" {
			return fault.Field(fmt.Sprintf("expect[%d]", i), "diga o que se espera: send, failed, cancelled, responded, action ou end")
		}
		at, err := localTime(expected.At, c.zone)
		if err != nil {
			return fault.Field(fmt.Sprintf("expect[%d].at", i), "%s", err)
		}
		compared[kind] = true
		want = append(want, c.show(fact{at, kind, text}))
	}
	var got []string
	for _, happened := range facts {
		if compared[happened.kind] {
			got = append(got, c.show(happened))
		}
	}
	return difference(want, got)
}

func (c *Conversation) show(f fact) string {
	return f.at.In(c.zone).Format(shown) + " " + f.kind + ": " + f.text
}

func difference(want, got []string) error {
	var lines []string
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			lines = append(lines, "a mais:    "+got[i])
		case i >= len(got):
			lines = append(lines, "faltou:    "+want[i])
		case want[i] != got[i]:
			lines = append(lines, "esperado:  "+want[i], "aconteceu: "+got[i])
		}
	}
	if lines == nil {
		return nil
	}
	return errors.New("a conversa não saiu como esperado:\n" + strings.Join(lines, "\n"))
}
