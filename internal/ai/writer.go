package ai

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"retoma/internal/fault"
)

// Writer writes messages.
type Writer struct {
	Client *Client
	// Used, if set, is told what each message used, also of those that failed.
	Used func(usage Usage)
}

// errLate is the cause of a writing that used up its own time, as told from a caller who went away.
var errLate = errors.New("the assistant's time limit is over")

// triesOfText is how often a text is asked for: once, and once more with what was wrong.
const triesOfText = 2

// Write has the model write the message and checks it; a text that may not be sent is asked for once more. It ends within
// Assistant.TimeLimit, and promptly when ctx ends: the error then has ctx.Err() in its chain, and nothing is known
// about the message. Every other error is final:
// fault.AIUnconfigured (no endpoint, or its key, model or address are refused), fault.AIFailed (no usable answer in time),
// fault.AIRejected (two texts failed a check; Detail names it). What was used is told in every case.
func (w Writer) Write(ctx context.Context, job Job) (Draft, error) {
	draft := Draft{Model: job.Endpoint.Model}
	if w.Used != nil {
		defer func() { w.Used(draft.Usage) }()
	}
	if err := job.Endpoint.Check(); err != nil {
		return draft, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, job.limit(), errLate)
	defer cancel()
	lines := prompt(job)
	var wrong *rejection
	for draft.Tries < triesOfText {
		draft.Tries++
		answer, used, err := w.Client.ask(limited, job.Endpoint, request{lines: lines, temperature: job.Assistant.Temperature})
		draft.count(job, lines, answer, used)
		if err != nil {
			return draft, explained(ctx, job, err)
		}
		text, tidied := tidy(answer.text)
		draft.Remarks = append(draft.Remarks, tidied...)
		if wrong = judge(job, answer, text); wrong == nil {
			draft.Text = text
			return draft, nil
		}
		draft.remark("texto %d recusado (%s): %s", draft.Tries, wrong.check, wrong.text)
		lines = append(lines, correction(text, wrong)...)
	}
	rejected := fault.New(fault.AIRejected, "o assistente não escreveu um texto que possa ser enviado: %s", wrong.text)
	rejected.Detail = wrong.check
	return draft, rejected
}

func (d *Draft) remark(format string, args ...any) {
	d.Remarks = append(d.Remarks, fmt.Sprintf(format, args...))
}

// count adds what an answer used. A service that does not tell its tokens has them estimated, four characters each, so
// that a daily cap holds there too.
func (d *Draft) count(job Job, lines []Line, answer completion, used Usage) {
	if answer.model != "" {
		d.Model = answer.model
	}
	used.InputTokens, used.OutputTokens = answer.input, answer.output
	if answer.model+answer.text != "" && !answer.counted {
		for _, line := range lines {
			used.InputTokens += estimate(line.Text)
		}
		used.OutputTokens = estimate(answer.text)
		d.remark("o serviço de IA não informou os tokens: %d foram estimados", used.Tokens())
	}
	used.SpendMicros = job.Assistant.Cost(used.InputTokens, used.OutputTokens)
	d.Usage = d.Usage.Plus(used)
}

func estimate(text string) int64 { return int64(utf8.RuneCountInString(text)+3) / 4 }

// explained is the error for people: a caller who went away is told from a service that was too slow.
func explained(ctx context.Context, job Job, err error) error {
	switch ctx.Err() {
	case nil:
	case context.DeadlineExceeded:
		return fault.Wrap(fault.AIFailed, ctx.Err(), "o serviço de IA não respondeu a tempo")
	default:
		return fault.Wrap(fault.AIFailed, ctx.Err(), "a escrita foi interrompida")
	}
	if errors.Is(err, errLate) {
		late := fault.New(fault.AIFailed, "o serviço de IA não respondeu em %g s", job.limit().Seconds())
		late.Detail = "time limit"
		return late
	}
	return fault.Of(err)
}
