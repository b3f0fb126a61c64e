package gateway_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// followUp does what a worker does: a run of a model with a planned follow-up, an hour from now.
func (h *house) followUp(who *tenant, modelID string, ref desk.Ref, conversationID string) string {
	h.t.Helper()
	run := flows.Run{
		ID: chat.NewID(), TenantID: who.id, FlowID: modelID, Version: 1, ContactID: ref.ContactID, ConversationID: conversationID,
		ChannelID: who.channel.ID, Group: "model", State: flows.Waiting, Node: "one", StartedAt: h.clock(),
		Wait: flows.Wait{Until: h.clock().Add(time.Hour), Token: 1},
	}
	planned := flows.FollowUp{
		ID: chat.NewID(), TenantID: who.id, RunID: run.ID, FlowID: modelID, NodeID: "one", ContactID: ref.ContactID,
		ConversationID: conversationID, ChannelID: who.channel.ID, State: flows.Pending, Attempt: 1, DueAt: h.clock().Add(time.Hour), Revision: 1,
		CreatedAt: h.clock(), Log: []chat.LogEntry{{At: h.clock(), Check: "plan", Verdict: "planned", Values: map[string]any{"flow_version": 1}}},
	}
	run.Open = &planned
	_, err := h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.SaveRun(run)
		d.SaveFollowUps([]flows.FollowUp{planned})
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(h.t, err)
	return planned.ID
}

// settleFollowUp moves a planned follow-up to its end, as a worker does.
func (h *house) settleFollowUp(ref desk.Ref, id string, change func(*flows.FollowUp)) {
	h.t.Helper()
	view, err := h.store.FollowUp(context.Background(), ref.TenantID, id)
	require.NoError(h.t, err)
	after := view.FollowUp
	after.Log = nil
	change(&after)
	_, err = h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		for _, run := range d.Runs {
			if run.ID == after.RunID {
				run.State, run.Open, run.Wait = flows.Finished, nil, flows.Wait{}
				d.SaveRun(run)
			}
		}
		d.SaveFollowUps([]flows.FollowUp{after})
		return nil
	})
	require.NoError(h.t, err)
}

// customerWrote opens a conversation's window, as the worker does when it reads the customer's message.
func (h *house) customerWrote(who *tenant, from string) desk.Ref {
	h.t.Helper()
	h.customerSays(who.channel, from, "oi")
	contact, err := h.store.ContactByKeys(context.Background(), who.id, []chat.Key{chat.PhoneKey("+" + from)})
	require.NoError(h.t, err)
	ref := desk.Ref{TenantID: who.id, ContactID: contact.ID}
	_, err = h.store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		conversation, _ := d.ConversationOn(who.channel.ID)
		conversation.CustomerAt = h.clock()
		d.SaveConversation(conversation)
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(h.t, err)
	return ref
}
