package gatewaytest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// Enrolled is a contact whose run of a document was begun as a worker begins it; it gives the open follow-up.
func (h *House) Enrolled(kind flows.DocumentKind, document string, ref desk.Ref, conversation string) string {
	h.T.Helper()
	found, err := h.Store.Document(context.Background(), h.Ours.ID, kind, chat.Ref{ID: document})
	require.NoError(h.T, err)
	flow, err := h.Options.Catalog.Compile(found)
	require.NoError(h.T, err)
	var open string
	_, err = h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		run := flows.Run{ID: chat.NewID(), TenantID: h.Ours.ID, ContactID: ref.ContactID, ConversationID: conversation, ChannelID: h.Ours.Channel.ID}
		event := chat.Event{Name: chat.Enrol, At: d.Now, ReceivedAt: d.Now, Enrol: &chat.Enrolment{FlowID: document, Source: "api"}}
		world := flows.World{Contact: d.Contact, Conversation: d.Conversations[0], Channel: h.Ours.Channel, HasWindow: true, Zone: Zone(h.T, "America/Sao_Paulo")}
		turn, err := flows.Begin(flow, run, flows.Input{Kind: flows.Start, Event: &event}, world, d.Now)
		if err != nil {
			return err
		}
		d.NoteTurn(turn)
		open = turn.Run.Open.ID
		return nil
	})
	require.NoError(h.T, err)
	return open
}

// WeWrote does what a worker does when a message of ours was accepted.
func (h *House) WeWrote(who *Tenant, ref desk.Ref, origin chat.Origin, at time.Time) {
	h.T.Helper()
	_, err := h.Store.Work(h.T.Context(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		conversation, _ := d.ConversationOn(who.Channel.ID)
		conversation.OutboundAt = at
		d.SaveConversation(conversation)
		message := chat.Message{
			ID: chat.NewID(), TenantID: who.ID, ContactID: ref.ContactID, ConversationID: conversation.ID, ChannelID: who.Channel.ID,
			Direction: chat.Outbound, Origin: origin, State: chat.Accepted, At: at, CreatedAt: at, Content: chat.Content{Type: chat.Text, Text: "olá"},
		}
		if origin == chat.FromFollowUp {
			message.FollowUpID = chat.NewID()
		}
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(h.T, err)
}

// Accepted puts a message of ours into the first conversation's history, as a worker would have.
func (h *House) Accepted(text string) chat.Message {
	return h.keep(chat.Message{Direction: chat.Outbound, Origin: chat.FromAPI, State: chat.Accepted, Content: chat.Content{Type: chat.Text, Text: text}})
}

// Heard and accepted put a message into the first conversation's history, as a worker would have.
func (h *House) Heard(text string, kind chat.ContentType) chat.Message {
	return h.keep(chat.Message{Direction: chat.Inbound, Origin: chat.FromCustomer, State: chat.Received, Content: chat.Content{Type: kind, Text: text}})
}

// Zone finds a time zone.
func Zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	require.NoError(t, err)
	return found
}

func (h *House) keep(message chat.Message) chat.Message {
	h.T.Helper()
	conversation, err := h.Store.Conversation(context.Background(), h.Ours.ID, chat.Ref{Number: 1})
	require.NoError(h.T, err)
	message.ID, message.TenantID, message.ChannelID = chat.NewID(), h.Ours.ID, h.Ours.Channel.ID
	message.ContactID, message.ConversationID = conversation.ContactID, conversation.ID
	message.ExternalID, message.At, message.CreatedAt = "wamid."+message.ID, h.Clock(), h.Clock()
	ref := desk.Ref{TenantID: h.Ours.ID, ContactID: conversation.ContactID}
	_, err = h.Store.Work(context.Background(), ref, nil, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, message)
		return nil
	})
	require.NoError(h.T, err)
	return message
}
