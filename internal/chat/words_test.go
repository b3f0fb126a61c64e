package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestWhoSpeaksForTheCustomer(t *testing.T) {
	for kind, want := range map[chat.ContentType]bool{
		chat.Text: true, chat.Image: true, chat.Video: true, chat.Audio: true, chat.Document: true, chat.Sticker: true, chat.Location: true,
		chat.Contacts: true, chat.Button: true, chat.ButtonReply: true, chat.ListReply: true, chat.FlowReply: true, chat.Order: true,
		chat.Unsupported: true, // the customer said something, though we cannot read it
		chat.Reaction:    false, chat.Edit: false, chat.Revoke: false, chat.System: false,
	} {
		require.Equal(t, want, chat.Content{Type: kind}.SpeaksForCustomer(), "%s", kind)
	}
}

func TestOnlyDeliveryStatesAreNoMail(t *testing.T) {
	for _, name := range []chat.EventName{
		chat.MessageReceived, chat.MessageEcho, chat.AgentWrote, chat.ConversationStarted, chat.Enrol, chat.CommandUnknown, chat.CallCompleted,
		chat.DealCreated, chat.StageEntered, chat.TagAdded, chat.StatusChanged, chat.ContactChanged, "a.platforms.own",
	} {
		require.True(t, chat.Event{Name: name}.CountsAsMail(), "%s", name)
	}
	require.False(t, chat.Event{Name: chat.MessageStatus}.CountsAsMail())
}

func TestSettingsThatNobodyMade(t *testing.T) {
	settings := chat.Settings{}.WithDefaults()
	require.Equal(t, "America/Sao_Paulo", settings.Timezone)
	require.Equal(t, 2, settings.Retry.Tries, "try once more, then tell the team")
	require.Equal(t, time.Minute, chat.Settings{}.RetryDelay(2))
	require.Equal(t, 60, settings.MaxLateness)
	require.Equal(t, 4, settings.HandoffHours)
	require.Equal(t, settings, settings.WithDefaults())

	chosen := chat.Settings{Timezone: "UTC", Retry: chat.RetrySettings{Tries: 5, DelaySeconds: []int{1}}, MaxLateness: 1, HandoffHours: 9}
	require.Equal(t, chosen, chosen.WithDefaults())
}

func TestRetryDelaysAreTakenInTurnAndTheLastRepeats(t *testing.T) {
	settings := chat.Settings{Retry: chat.RetrySettings{DelaySeconds: []int{10, 60, 300}}}
	for next, want := range map[int]time.Duration{
		-1: 10 * time.Second, 1: 10 * time.Second, 2: 10 * time.Second, 3: time.Minute, 4: 5 * time.Minute, 5: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		require.Equal(t, want, settings.RetryDelay(next), "before try %d", next)
	}
}
