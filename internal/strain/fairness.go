package strain

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"retoma/internal/processes"
)

const (
	// singles are another company's single follow-ups: the first is due with the many, the others a second apart.
	singles = 20
	// listed is how many people are enrolled in one call.
	listed = 5000
)

// Fair is how another company's single sends fared beside many.
type Fair struct {
	Layout string
	Many   int
	// Late is how long after its time each single one began at the provider, Before how many of the many began between the two.
	Late   []time.Duration
	Before []int
	// Rate is how many of the many were sent a second, Left how many of them were still to go when the last single one was due.
	Rate float64
	Left int
}

// Fairness lets one company's many follow-ups and another's few come due at one instant.
func Fairness(ctx context.Context, o Options) (*Fair, error) {
	s, err := newStand(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	other, err := s.another(ctx)
	if err != nil {
		return nil, err
	}
	large, err := s.found(ctx, s.api, "7200", 1)
	if err != nil {
		return nil, err
	}
	small, err := s.found(ctx, other, "7300", 1)
	if err != nil {
		return nil, err
	}
	if err := s.everybodyWrites(ctx, large, o.Many); err != nil {
		return nil, err
	}
	if err := s.everybodyWrites(ctx, small, singles); err != nil {
		return nil, err
	}
	o.tell("everybody has written")
	due, err := s.enrolAll(ctx, large, o.Many)
	if err != nil {
		return nil, err
	}
	o.tell("all are planned for %s", due.Format(time.TimeOnly))
	if err := s.planSingles(ctx, small, due); err != nil {
		return nil, err
	}
	return s.watch(ctx, large, small, due)
}

// everybodyWrites opens the windows.
func (s *stand) everybodyWrites(ctx context.Context, c company, people int) error {
	n := c.channels[0]
	p := &poster{address: strings.TrimPrefix(s.base, "http://"), connections: 64, insists: true, make: func(i int) ([]byte, string) {
		id := fmt.Sprintf("wamid.%s.%d", n.account, i)
		return n.request(n.message(phone("9"+n.account[:1]+n.account[1:2]+"0", i), id, 0)), id
	}}
	got := p.run(ctx, 0, people, 10*time.Minute)
	if len(got.accepted) != people {
		return fmt.Errorf("%d of %d customers' messages were accepted", len(got.accepted), people)
	}
	_, err := s.drain(ctx)
	return err
}

// enrolAll plans one message for each person, all at one clock time, and gives it.
func (s *stand) enrolAll(ctx context.Context, c company, people int) (time.Time, error) {
	n := c.channels[0]
	due := time.Now().UTC().Add(time.Duration(people/250)*time.Second + 90*time.Second).Truncate(time.Minute).Add(time.Minute)
	var made struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	err := c.api.Insist(ctx, http.MethodPost, "/api/followup-models", "", map[string]any{
		"name": "Muitos", "channelId": n.id, "startTime": due.Format("15:04"), "messages": []map[string]any{{"text": "Ainda podemos ajudar?", "offset": 0}},
	}, &made)
	if err != nil {
		return due, err
	}
	for first := 0; first < people; first += listed {
		var rows []map[string]any
		for i := first; i < min(people, first+listed); i++ {
			rows = append(rows, map[string]any{"number": phone("9"+n.account[:1]+n.account[1:2]+"0", i)})
		}
		if err := c.api.Insist(ctx, http.MethodPost, "/api/followup-models/"+made.Data.ID+"/contacts", fmt.Sprint("list-", first), rows, nil); err != nil {
			return due, err
		}
	}
	_, err = until(ctx, time.Until(due)-5*time.Second, func() bool { return pendingOf(ctx, c.api) == people })
	return due, err
}

// pendingOf counts a company's planned follow-ups.
func pendingOf(ctx context.Context, api *processes.API) int {
	var stats struct {
		Data struct {
			Pending int `json:"pendingFollowups"`
		} `json:"data"`
	}
	if api.Insist(ctx, http.MethodGet, "/api/followups/stats", "", nil, &stats) != nil {
		return -1
	}
	return stats.Data.Pending
}

// planSingles plans the other company's few.
func (s *stand) planSingles(ctx context.Context, c company, due time.Time) error {
	var model struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	err := c.api.Insist(ctx, http.MethodPost, "/api/followup-models", "", map[string]any{
		"name": "Um", "channelId": c.channels[0].id, "startTime": nil, "messages": []map[string]any{{"text": "Tudo certo?", "offset": 0}},
	}, &model)
	if err != nil {
		return err
	}
	conversations, err := processes.All[struct {
		ID string `json:"id"`
	}](ctx, c.api, "/api/conversations?limit=200")
	if err != nil {
		return err
	}
	for i, one := range conversations {
		at := due.Add(time.Duration(i) * time.Second)
		err := c.api.Insist(ctx, http.MethodPost, "/api/followups/schedule", fmt.Sprint("single-", i), map[string]any{
			"ruleId": model.Data.ID, "conversationId": one.ID, "scheduledFor": at.Format(time.RFC3339Nano),
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// watch waits until the few were sent and compares.
func (s *stand) watch(ctx context.Context, large, small company, due time.Time) (*Fair, error) {
	r := &Fair{Layout: s.Layout(), Many: s.Many}
	one, many := small.channels[0].account, large.channels[0].account
	if _, err := until(ctx, time.Until(due)+5*time.Minute, func() bool { return len(s.provider.of(one)) == singles }); err != nil {
		return nil, fmt.Errorf("%d of %d single ones were sent: %w", len(s.provider.of(one)), singles, err)
	}
	began := s.provider.of(one)
	r.Left = s.Many - len(s.provider.of(many))
	if _, err := until(ctx, 10*time.Minute, func() bool { return len(s.provider.of(many)) >= s.Many }); err != nil {
		return nil, fmt.Errorf("%d of the many were sent: %w", len(s.provider.of(many)), err)
	}
	all := s.provider.of(many)
	r.Rate = float64(len(all)) / all[len(all)-1].Sub(due).Seconds()
	for i, at := range began {
		own := due.Add(time.Duration(i) * time.Second)
		r.Late = append(r.Late, at.Sub(own))
		before := 0
		for _, other := range all {
			if other.After(own) && other.Before(at) {
				before++
			}
		}
		r.Before = append(r.Before, before)
	}
	return r, nil
}

// Write writes the figures for people.
func (r *Fair) Write(to io.Writer) {
	worst, most := r.Late[0], r.Before[0]
	for i := range r.Late {
		worst, most = max(worst, r.Late[i]), max(most, r.Before[i])
	}
	_, _ = fmt.Fprintf(to, "fairness: %s\n  %d sends of one company due at once, sent at %.0f/s; %d left when the last of another's %d single ones went\n",
		r.Layout, r.Many, r.Rate, r.Left, len(r.Late))
	_, _ = fmt.Fprintf(to, "  a single one began      p50 %s, at most %s after its time; at most %d of the many began meanwhile\n",
		quantile(r.Late, 0.5), worst.Round(time.Millisecond), most)
}
