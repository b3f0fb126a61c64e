package gatewaytest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// FollowUp does what a worker does: a run of a model with a planned follow-up, an hour from now.
func (h *House) FollowUp(who *Tenant, modelID string, ref desk.Ref, conversationID string) string {
	h.T.Helper()
	run := flows.Run{
		ID: chat.NewID(), TenantID: who.ID, FlowID: modelID, Version: 1, ContactID: ref.ContactID, ConversationID: conversationID,
		ChannelID: who.Channel.ID, Group: "model", State: flows.Waiting, Node: "one", StartedAt: h.Clock(),
		Wait: flows.Wait{Until: h.Clock().Add(time.Hour), Token: 1},
	}
	planned := flows.FollowUp{
		ID: chat.NewID(), TenantID: who.ID, RunID: run.ID, FlowID: modelID, NodeID: "one", ContactID: ref.ContactID,
		ConversationID: conversationID, ChannelID: who.Channel.ID, State: flows.Pending, Attempt: 1, DueAt: h.Clock().Add(time.Hour), Revision: 1,
		CreatedAt: h.Clock(), Log: []chat.LogEntry{{At: h.Clock(), Check: "plan", Verdict: "planned", Values: map[string]any{"flow_version": 1}}},
	}
	run.Open = &planned
	_, err := h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.SaveRun(run)
		d.SaveFollowUps([]flows.FollowUp{planned})
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(h.T, err)
	return planned.ID
}

// SettleFollowUp moves a planned follow-up to its end, as a worker does.
func (h *House) SettleFollowUp(ref desk.Ref, id string, change func(*flows.FollowUp)) {
	h.T.Helper()
	view, err := h.Store.FollowUp(context.Background(), ref.TenantID, id)
	require.NoError(h.T, err)
	after := view.FollowUp
	after.Log = nil
	change(&after)
	_, err = h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		for _, run := range d.Runs {
			if run.ID == after.RunID {
				run.State, run.Open, run.Wait = flows.Finished, nil, flows.Wait{}
				d.SaveRun(run)
			}
		}
		d.SaveFollowUps([]flows.FollowUp{after})
		return nil
	})
	require.NoError(h.T, err)
}

// CustomerWrote opens a conversation's window, as the worker does when it reads the customer's message.
func (h *House) CustomerWrote(who *Tenant, from string) desk.Ref {
	h.T.Helper()
	h.CustomerSays(who.Channel, from, "oi")
	contact, err := h.Store.ContactByKeys(context.Background(), who.ID, []chat.Key{chat.PhoneKey("+" + from)})
	require.NoError(h.T, err)
	ref := desk.Ref{TenantID: who.ID, ContactID: contact.ID}
	_, err = h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		conversation, _ := d.ConversationOn(who.Channel.ID)
		conversation.CustomerAt = h.Clock()
		d.SaveConversation(conversation)
		for _, mail := range d.Mail {
			d.Changes.Handled = append(d.Changes.Handled, mail.Event.ID)
		}
		return nil
	})
	require.NoError(h.T, err)
	return ref
}
