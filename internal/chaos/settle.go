package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"retoma/internal/processes"
)

// channelRow is a channel as the team sees it.
type channelRow struct {
	ID            string `json:"id"`
	Online        bool   `json:"online"`
	OfflineReason string `json:"offlineReason"`
}

// attend is the team: it looks at the channels, and lets go on what can, until ctx ends.
func (w *World) attend(ctx context.Context) {
	for pause(ctx, 7*time.Second) {
		w.resume(ctx)
	}
}

func (w *World) resume(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	channels, err := processes.All[channelRow](bounded, w.api, "/api/channels?limit=200")
	if err != nil {
		return
	}
	for _, channel := range channels {
		if !channel.Online {
			_, _, _ = w.api.Once(bounded, http.MethodPost, "/api/channels/"+channel.ID+"/resume", "", map[string]any{})
		}
	}
}

// settle ends every fault and waits until nothing is due any more, at most as long as the size says. It gives what is still pending.
func (w *World) settle(ctx context.Context, plan Plan) ([]pendingRow, error) {
	if plan.Evidence { // what was destroyed stays so, and whoever plays is done: what evidence can say it says now
		w.options.tell("waiting for evidence")
		if !pause(ctx, (evidenceMinutes+1)*time.Minute) {
			return nil, ctx.Err()
		}
	}
	w.whatsapp.Disarm("")
	for _, line := range w.lines {
		line.Slow(0)
		line.Release()
		if err := line.On(); err != nil {
			return nil, err
		}
	}
	for _, process := range w.processes {
		process.Continue()
		if err := process.Start(); err != nil {
			return nil, err
		}
	}
	limit := time.Now().Add(plan.Size.Settling)
	for {
		w.resume(ctx)
		left, err := w.unsettled(ctx)
		if err != nil {
			return nil, err
		}
		if len(left) == 0 && w.whatsapp.Idle() || time.Now().After(limit) {
			return left, nil
		}
		w.options.tell("settling: %d pending%s", len(left), w.why(ctx, left))
		if !pause(ctx, 3*time.Second) {
			return nil, ctx.Err()
		}
	}
}

// why says in a sentence what the first of those that are left waits for.
func (w *World) why(ctx context.Context, left []pendingRow) string {
	if len(left) == 0 {
		return ", webhooks are under way"
	}
	var told struct {
		Data struct {
			Summary string `json:"summary"`
		} `json:"data"`
	}
	_, raw, err := w.api.Once(ctx, http.MethodGet, "/api/followups/"+left[0].ID+"/explain", "", nil)
	if err != nil || json.Unmarshal(raw, &told) != nil {
		return ""
	}
	return ", such as: " + told.Data.Summary
}

// unsettled are the follow-ups that still have to come: all that are pending, but for those of which nobody knows whether they were
// sent. What waits for longer than a run lasts is hastened, as a person would.
func (w *World) unsettled(ctx context.Context) ([]pendingRow, error) {
	pending, err := processes.All[pendingRow](ctx, w.api, "/api/followups/pending?limit=1000")
	if err != nil {
		return nil, err
	}
	doubtful, err := processes.All[messageRow](ctx, w.api, "/api/messages?status=unconfirmed&limit=200")
	if err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for _, message := range doubtful {
		held[message.FollowUpID] = true
	}
	var left []pendingRow
	for _, row := range pending {
		if held[row.ID] || w.parked[row.ID] || row.Rule.ID == "" || time.Until(row.ScheduledFor) > 20*time.Minute && w.configured[row.Rule.ID] {
			continue
		}
		left = append(left, row)
		if row.WaitsUntil != nil && time.Until(*row.WaitsUntil) > 30*time.Second {
			status, raw, err := w.api.Once(ctx, http.MethodPost, fmt.Sprintf("/api/followups/%s/send-now", row.ID), "", nil)
			if err != nil || status >= 300 {
				w.options.tell("send-now of %s: %d %s %v", row.ID, status, raw, err)
			}
		}
	}
	return left, nil
}
