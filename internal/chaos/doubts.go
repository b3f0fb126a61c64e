package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"retoma/internal/processes"
	"retoma/internal/provider/sandbox"
)

// What a company may do with sends of which nobody knows whether they went out.
const (
	Hold       = "hold"
	ByEvidence = "evidence"
)

// evidenceMinutes is how long evidence is waited for in a run, in place of the quarter of an hour: the least that a channel may ask for.
const evidenceMinutes = 1

// deafEvery is the share of customers all of whose delivery states are destroyed for good: one in so many, on every number.
const deafEvery = 13

// byEvidence changes a plan so that evidence has something to say: everything goes wrong in the first half, and in the second only
// what leaves sends in doubt, while the webhooks of the others are answered. Some customers' delivery states never come.
func (p Plan) byEvidence() Plan {
	chance := rand.New(rand.NewPCG(p.Seed, 0x65766964))
	p.Evidence, p.Faults = true, slices.Clone(p.Faults)
	half := p.Size.Playing / 2
	for i, f := range p.Faults {
		if f.At < half {
			continue
		}
		rule := doubtful()[chance.IntN(len(doubtful()))]
		p.Faults[i] = Fault{At: f.At, What: arms, Target: rule.Fault, Channel: chance.IntN(p.Size.Channels), Armed: &rule}
	}
	var deaf []string
	for i := deafEvery / 2; i < len(p.Customers); i += deafEvery {
		deaf = append(deaf, p.Customers[i].Phone)
	}
	often := 0.5
	p.Faults = append(p.Faults,
		Fault{What: arms, Target: "statuses destroyed for good", Channel: 0, Armed: &sandbox.FaultRule{Fault: "dropWebhooks", With: map[string]any{"only": "statuses"}, Phones: deaf}},
		Fault{At: half, What: arms, Target: "answers to them lost", Channel: 0, Armed: &sandbox.FaultRule{
			Fault: "acceptThenTimeout", With: map[string]any{"mode": "hang", "hangMs": 8000}, Probability: &often, Phones: deaf}},
	)
	return p
}

// doubtful are the provider's faults after which nobody knows whether a message went out: it did, or it did not.
func doubtful() []sandbox.FaultRule {
	return []sandbox.FaultRule{
		{Fault: "acceptThenTimeout", With: map[string]any{"mode": "hang", "hangMs": 8000}, Count: 4, Until: "15s"},
		{Fault: "htmlError", With: map[string]any{"status": 502, "accepts": true}, Count: 4, Until: "15s"},
		{Fault: "htmlError", With: map[string]any{"status": 502, "accepts": false}, Count: 8, Until: "15s"},
		{Fault: "resetMidBody", Count: 4, Until: "15s"},
	}
}

// Doubted is what became of the messages of which nobody knew whether they had gone out.
type Doubted struct {
	// Messages is how many there were, Settled how many the provider told of after all.
	Messages int `json:"messages"`
	Settled  int `json:"settled"`
	// Resent went again by evidence: Healed are then on the phone once, Doubled twice or more, InVain not at all. Ghosts is how many
	// messages more than one phones have of them.
	Resent  int `json:"resent"`
	Healed  int `json:"healed"`
	Doubled int `json:"doubled"`
	InVain  int `json:"inVain"`
	Ghosts  int `json:"ghosts"`
	// Left are the team's, because evidence was missing; LeftOnPhones of them had arrived.
	Left         int `json:"left"`
	LeftOnPhones int `json:"leftOnPhones"`
	// Awaiting still waited for evidence in the end.
	Awaiting int `json:"awaiting"`
	// Reasons are those for which evidence was missing.
	Reasons map[string]int `json:"reasons"`
}

// doubts reads what retoma decided about the messages that it had called unconfirmed, and compares it with what phones have.
func (w *World) doubts(ctx context.Context, e *Evidence) (*Doubted, error) {
	told, err := processes.All[struct {
		Kind string `json:"kind"`
		Data struct {
			MessageID string `json:"messageId"`
		} `json:"data"`
	}](ctx, w.api, "/api/notifications?limit=200")
	if err != nil {
		return nil, err
	}
	sum, seen := &Doubted{Reasons: map[string]int{}}, map[string]bool{}
	for _, one := range told {
		if id := one.Data.MessageID; one.Kind == "message.unconfirmed" && !seen[id] {
			seen[id] = true
			if err := w.doubt(ctx, e, id, sum); err != nil {
				return nil, err
			}
		}
	}
	return sum, nil
}

func (w *World) doubt(ctx context.Context, e *Evidence, id string, sum *Doubted) error {
	var story struct {
		Data struct {
			Status string `json:"status"`
			Log    []struct {
				Check   string `json:"check"`
				Verdict string `json:"verdict"`
				Reason  string `json:"reason"`
			} `json:"log"`
		} `json:"data"`
	}
	if err := w.api.Insist(ctx, http.MethodGet, "/api/messages/"+id, "", nil, &story); err != nil {
		return err
	}
	resent, left := false, ""
	for _, line := range story.Data.Log {
		if line.Check == "evidence" {
			resent = resent || line.Verdict == "resend"
			if left = ""; line.Verdict == "hold" {
				left = line.Reason
			}
		}
	}
	arrived := e.onPhones(id)
	sum.Messages++
	switch {
	case resent:
		sum.Resent++
		switch {
		case arrived == 0:
			sum.InVain++
		case arrived == 1:
			sum.Healed++
		default:
			sum.Doubled++
			sum.Ghosts += arrived - 1
		}
	case story.Data.Status != "unconfirmed":
		sum.Settled++
	case left == "":
		sum.Awaiting++
	default:
		sum.Left++
		sum.Reasons[left]++
		if arrived > 0 {
			sum.LeftOnPhones++
		}
	}
	return nil
}

// onPhones is how often a message of retoma's arrived.
func (e *Evidence) onPhones(id string) int {
	count := 0
	for _, arrivals := range e.Arrivals {
		for _, a := range arrivals {
			if a.Tracker == id && !a.failed() {
				count++
			}
		}
	}
	return count
}

// byEvidence tells whether a message that arrived before went again because of evidence, rightly as far as anybody could know: its
// channel goes by evidence, the time for it had passed, and no delivery state of it had been taken.
func (o *oracle) byEvidence(first, again Arrival) bool {
	if !o.e.Plan.Evidence || first.Tracker != again.Tracker {
		return false
	}
	// The claim commits a little before its request is heard here.
	const vague = time.Second
	began := again.At
	for _, attempt := range o.e.Attempts[again.Tracker] {
		if !again.At.Before(attempt.Began) && !again.At.After(attempt.Ended) {
			began = attempt.Began
		}
	}
	told := o.e.Told[again.Tracker]
	return began.Sub(first.At) >= evidenceMinutes*time.Minute-8*time.Second && (told.IsZero() || told.After(began.Add(-vague)))
}

func (d *Doubted) lines() []string {
	lines := []string{fmt.Sprintf("in doubt           %d; settled by the provider's word %d; sent again by evidence %d: healed %d, doubled %d (%d messages too many), in vain %d",
		d.Messages, d.Settled, d.Resent, d.Healed, d.Doubled, d.Ghosts, d.InVain)}
	lines = append(lines, fmt.Sprintf("left to the team   %d, of which %d had arrived; %d still awaited evidence", d.Left, d.LeftOnPhones, d.Awaiting))
	for reason, count := range d.Reasons {
		lines = append(lines, fmt.Sprintf("  %d because: %s", count, reason))
	}
	slices.Sort(lines[2:])
	return lines
}
