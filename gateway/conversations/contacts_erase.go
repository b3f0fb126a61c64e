package conversations

import (
	"context"
	"errors"
	"net/http"
	"time"

	"retoma/gateway/web"
	"retoma/internal/fault"
)

// erasurePatience is how long a caller waits for the end of an erasure; what takes longer ends without them.
const erasurePatience = 5 * time.Second

// erasurePause lies between two looks at whether a send under way has ended.
const erasurePause = 100 * time.Millisecond

type erasedView struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Status string `json:"status" enum:"erased,erasing" doc:"erasing: ninguém mais acha o contato e nada mais lhe é enviado; o resto sai em instantes, sozinho"`
}

// eraseContact forgets a person (LGPD, art. 18, VI). When it answers, nothing finds the contact any more and nothing new goes to
// it; 202 says that rows are still being removed.
func (h *Handlers) eraseContact(ctx context.Context, in *web.ByID) (*web.Answer[erasedView], error) {
	contact, err := h.ContactAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id, err := h.Store.Erase(ctx, contact.TenantID, contact.ID)
	if err != nil {
		return nil, err
	}
	view := erasedView{ID: id, Number: contact.Number, Status: "erased"}
	ctx, cancel := context.WithTimeout(ctx, erasurePatience)
	defer cancel()
	for {
		err := h.Store.FinishErasure(ctx, id)
		switch {
		case err == nil:
			return web.OK(view)
		case fault.Is(err, fault.Conflict):
		case errors.Is(err, context.DeadlineExceeded) || fault.Is(err, fault.Unavailable) || ctx.Err() != nil:
			view.Status = "erasing"
			return web.With(http.StatusAccepted, view)
		default:
			return nil, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(erasurePause):
		}
	}
}
