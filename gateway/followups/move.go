package followups

import (
	"context"
	"errors"
	"net/http"
	"time"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// furthestMove is how far ahead a follow-up may be planned by hand.
func furthestMove(now time.Time) time.Time { return now.AddDate(1, 0, 0) }

// sendFollowUpNow makes a follow-up due at once. Everything that is checked before a send is checked all the same.
func (h *Handlers) sendFollowUpNow(ctx context.Context, in *web.ByID) (*web.Answer[historyView], error) {
	return h.moveFollowUp(ctx, in.ID, func(now time.Time) (flows.Input, error) {
		return flows.Input{Kind: flows.Move, At: now, Reason: "antecipado a pedido"}, nil
	})
}

// errActs tells that a run's next step does something at once, which only a worker can.
var errActs = errors.New("the next step acts at once")

// skipFollowUp ends a follow-up unsent and goes on to the next step, whose time counts from now. Where that step acts at
// once, a worker goes on: the answer is 202 and shows the follow-up as it was.
func (h *Handlers) skipFollowUp(ctx context.Context, in *web.ByID) (*web.Answer[historyView], error) {
	answer, err := h.moveFollowUp(ctx, in.ID, func(time.Time) (flows.Input, error) {
		return flows.Input{Kind: flows.Skip, Reason: flows.ReasonSkipped}, nil
	})
	if !errors.Is(err, errActs) {
		return answer, err
	}
	found, err := h.Store.FollowUp(ctx, web.TenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	event := chat.Event{Name: chat.FollowUpSkipped, At: h.Now(), Data: map[string]any{"followUpId": found.ID}}
	arrival := desk.Arrival{TenantID: found.TenantID, ChannelID: found.ChannelID, ContactID: found.ContactID, Event: event}
	if _, err := h.Receive(ctx, desk.Intake{Arrivals: []desk.Arrival{arrival}}); err != nil {
		return nil, err
	}
	return web.With(http.StatusAccepted, viewHistory(found))
}

type snoozeIn struct {
	ID   string `path:"id"`
	Body struct {
		Until   *time.Time `json:"until,omitempty" doc:"nova data e hora; informe until ou minutes"`
		Minutes *int64     `json:"minutes,omitempty" minimum:"1" maximum:"527040" doc:"minutos a partir de agora"`
	}
}

// snoozeFollowUp moves a follow-up to a later time: future, at most a year ahead.
func (h *Handlers) snoozeFollowUp(ctx context.Context, in *snoozeIn) (*web.Answer[historyView], error) {
	if in.Body.Until == nil && in.Body.Minutes == nil {
		return nil, fault.Field("until", "informe until ou minutes")
	}
	if in.Body.Until != nil && in.Body.Minutes != nil {
		return nil, fault.Field("until", "informe só um: until ou minutes")
	}
	return h.moveFollowUp(ctx, in.ID, func(now time.Time) (flows.Input, error) {
		field, at := "until", in.Body.Until
		if at == nil {
			field, at = "minutes", web.Pointer(now.Add(time.Duration(*in.Body.Minutes)*time.Minute))
		}
		return flows.Input{Kind: flows.Move, At: *at, Reason: "adiado a pedido"}, checkFuture(field, *at, now)
	})
}

// checkFuture refuses times that have passed and those more than a year ahead.
func checkFuture(field string, at, now time.Time) error {
	switch {
	case !at.After(now):
		return fault.Field(field, "deve ser uma hora futura")
	case at.After(furthestMove(now)):
		return fault.Field(field, "no máximo um ano à frente")
	}
	return nil
}

// moveFollowUp tells the run of a pending follow-up something and shows what the follow-up is then.
func (h *Handlers) moveFollowUp(ctx context.Context, text string, input func(now time.Time) (flows.Input, error)) (*web.Answer[historyView], error) {
	id, err := web.PathID(text, followUpMissing)
	if err != nil {
		return nil, err
	}
	found, err := h.Store.FollowUp(ctx, web.TenantOf(ctx), id)
	if err != nil {
		return nil, err
	}
	around, err := h.surroundings(ctx, found.TenantID)
	if err != nil {
		return nil, err
	}
	ref := desk.Ref{TenantID: found.TenantID, ContactID: found.ContactID}
	err = h.editDesk(ctx, ref, func(ctx context.Context, d *desk.Desk) error {
		in, err := input(d.Now)
		if err != nil {
			return err
		}
		return h.tellRun(ctx, around, d, found, in)
	})
	if err != nil {
		return nil, err
	}
	if found, err = h.Store.FollowUp(ctx, found.TenantID, id); err != nil {
		return nil, err
	}
	return web.OK(viewHistory(found))
}

// tellRun advances the run whose open follow-up is meant.
func (h *Handlers) tellRun(ctx context.Context, around surroundings, d *desk.Desk, f flows.FollowUpView, in flows.Input) error {
	run, open := runOf(d, f.ID)
	switch {
	case !open && (f.State == flows.FollowUpCancelled || f.State == flows.Responded):
		return fault.New(fault.Conflict, "Follow-up já cancelado")
	case !open && f.State == flows.FollowUpFailed:
		return fault.New(fault.Conflict, "Follow-up já encerrado: o envio falhou")
	case open && inDoubt(d, run) != "":
		return fault.New(fault.Conflict, "Não se sabe se o follow-up foi enviado: decida com POST /api/messages/%s/resolve", inDoubt(d, run))
	case !open || d.InFlight(run):
		return fault.New(fault.Conflict, "Follow-up já enviado")
	}
	flow, err := h.flowOf(ctx, run, f.FlowKind)
	if err != nil {
		return err
	}
	turn, err := flows.Advance(flow, run, in, h.world(around, d, run), d.Now)
	if err != nil {
		return err
	}
	if len(turn.Actions) > 0 {
		return errActs
	}
	d.NoteTurn(turn)
	return nil
}

// inDoubt is the message that a run waits for and of which nobody knows what became; empty if there is none.
func inDoubt(d *desk.Desk, run flows.Run) string {
	if item, known := d.Awaited(run); run.Wait.Action != "" && known && item.State == desk.ItemUnconfirmed {
		return item.ID
	}
	return ""
}

// runOf finds the run that waits with a follow-up.
func runOf(d *desk.Desk, followUpID string) (flows.Run, bool) {
	for _, run := range d.Runs {
		if run.Open != nil && run.Open.ID == followUpID && run.Open.State == flows.Pending && run.State == flows.Waiting {
			return run, true
		}
	}
	return flows.Run{}, false
}
