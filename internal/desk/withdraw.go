package desk

import (
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Withdraw takes a message back that was not claimed. Where it was to go in the place of one that the provider had taken back,
// its follow-up, which had counted as sent, has failed: nothing of it reached anybody.
func (d *Desk) Withdraw(item Item, reason string) chat.Message {
	entry := chat.LogEntry{At: d.Now, Check: "cancel", Verdict: "cancelled", Reason: reason}
	item.Message.State = chat.Cancelled
	item.Message.Log = append(item.Message.Log, entry)
	d.Done(item)
	if item.Message.Replaces != "" && item.Message.FollowUpID != "" && !item.Waits {
		d.Changes.FailedFollowUps = append(d.Changes.FailedFollowUps, FailedFollowUp{
			MessageID: item.ID, At: d.Now, ErrorCode: string(whyReplaced(item.Message.Content)), Log: []chat.LogEntry{entry},
		})
	}
	return item.Message
}

// whyReplaced is what the message in whose place another goes was refused for.
func whyReplaced(content chat.Content) fault.Code {
	for _, file := range content.OwnFiles() {
		if file.Lost != "" {
			return fault.Media
		}
	}
	return fault.OutsideWindow
}
