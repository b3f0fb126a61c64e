package conversations

import (
	"context"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

type mergeContactIn struct {
	ID   string `path:"id"`
	Body struct {
		ContactID web.Ref `json:"contactId" doc:"o contato que passa a ser este: UUID ou número"`
	}
}

// mergeContact joins two contacts because somebody says that they are one person. The one in the path stays; asking for
// what is so already, by whatever id, is answered with the contact that they are.
func (h *Handlers) mergeContact(ctx context.Context, in *mergeContactIn) (*web.Answer[contactView], error) {
	stays, err := h.ContactAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ref, err := in.Body.ContactID.Take("contactId")
	if err != nil {
		return nil, err
	}
	goes, err := h.Store.Contact(ctx, stays.TenantID, ref)
	if err != nil {
		return nil, err
	}
	if goes.ID == stays.ID {
		return h.oneOf(ctx, stays, false)
	}
	merged, err := h.Store.Merge(ctx, desk.Merge{TenantID: stays.TenantID, StaysID: stays.ID, GoesID: goes.ID, By: "api"})
	if err != nil {
		return nil, err
	}
	h.Waker.Contact(desk.Ref{TenantID: stays.TenantID, ContactID: merged.ContactID})
	one, err := h.Store.Contact(ctx, stays.TenantID, chat.Ref{ID: merged.ContactID})
	if err != nil {
		return nil, err
	}
	return h.oneOf(ctx, one, merged.GoneID != "")
}

func (h *Handlers) oneOf(ctx context.Context, one chat.Contact, merged bool) (*web.Answer[contactView], error) {
	view, err := h.whole(ctx, one)
	if err != nil {
		return nil, err
	}
	view.Merged = &merged
	return web.OK(view)
}
