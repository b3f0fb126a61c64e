package desk

import (
	"context"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// Desk is everything about one contact, read in one transaction under the contact's lock.
// The first half are facts; the methods note changes, which the store writes in the same transaction.
type Desk struct {
	Now time.Time
	// Horizon is up to when due times get a task at once; later ones are armed as they enter the horizon.
	Horizon time.Time
	// Restored is when the installation was restored from a backup; zero: never. What was due up to then is held, see HoldsRun.
	Restored time.Time
	// TenantRevision is the tenant's set-up revision: a [Setup] of another revision is stale.
	TenantRevision int64
	Contact        chat.Contact
	Conversations  []chat.Conversation
	// Mail is what came in and was not handled yet, in order.
	Mail []Mail
	// Received and Revision are the mailbox's, as the policies see it: the claim demands this Revision.
	Received int64
	Revision int64
	Runs     []flows.Run // only those that wait
	Outbox   []Item
	Outcomes []Outcome // what the sends of the last pass came to

	Changes Changes
}

// Worked is what came of one unit of work.
type Worked struct {
	// Busy tells that somebody else works on the contact right now: try again shortly.
	Busy bool
	// Gone tells that there is no such contact.
	Gone bool
	// Desk is what was read and written. Its claims are committed: each of their items must now be sent.
	Desk *Desk
}

// Decide notes changes on a desk. It may be called again, on a fresh desk, when what it decided could not be written.
type Decide func(ctx context.Context, d *Desk) error

// Mail is one inbox row.
type Mail struct {
	Event    chat.Event
	Attempts int
}

// Conversation finds the contact's conversation by id, with the changes of this desk.
func (d *Desk) Conversation(id string) (chat.Conversation, bool) {
	if changed, yes := d.Changes.Conversations[id]; yes {
		return changed, true
	}
	for _, conversation := range d.Conversations {
		if conversation.ID == id {
			return conversation, true
		}
	}
	return chat.Conversation{}, false
}

// ConversationOn finds the contact's conversation on a channel.
func (d *Desk) ConversationOn(channelID string) (chat.Conversation, bool) {
	for _, conversation := range d.Conversations {
		if conversation.ChannelID == channelID {
			return d.Conversation(conversation.ID)
		}
	}
	return chat.Conversation{}, false
}

// SaveConversation notes a changed conversation.
func (d *Desk) SaveConversation(conversation chat.Conversation) {
	if d.Changes.Conversations == nil {
		d.Changes.Conversations = map[string]chat.Conversation{}
	}
	d.Changes.Conversations[conversation.ID] = conversation
}

// SaveContact notes the changed contact.
func (d *Desk) SaveContact(contact chat.Contact) {
	d.Contact = contact
	d.Changes.Contact = &contact
}

// SaveRun notes a run, new or changed; the desk's runs show it from now on.
func (d *Desk) SaveRun(run flows.Run) {
	for i := range d.Runs {
		if d.Runs[i].ID == run.ID {
			d.Runs[i] = run
			d.Changes.keepRun(run)
			return
		}
	}
	d.Runs = append(d.Runs, run)
	d.Changes.NewRuns = append(d.Changes.NewRuns, run)
}

func (c *Changes) keepRun(run flows.Run) {
	for i := range c.NewRuns {
		if c.NewRuns[i].ID == run.ID {
			c.NewRuns[i] = run
			return
		}
	}
	for i := range c.Runs {
		if c.Runs[i].ID == run.ID {
			c.Runs[i] = run
			return
		}
	}
	c.Runs = append(c.Runs, run)
}

// LogRun notes what was decided about a run.
func (d *Desk) LogRun(runID string, entries []chat.LogEntry) {
	if len(entries) == 0 {
		return
	}
	if d.Changes.RunLogs == nil {
		d.Changes.RunLogs = map[string][]chat.LogEntry{}
	}
	d.Changes.RunLogs[runID] = append(d.Changes.RunLogs[runID], entries...)
}

// SaveFollowUps notes follow-ups, whole rows; their logs hold only what is new.
func (d *Desk) SaveFollowUps(rows []flows.FollowUp) {
	for _, row := range rows {
		d.Changes.saveFollowUp(row)
	}
}

func (c *Changes) saveFollowUp(row flows.FollowUp) {
	for i := range c.FollowUps {
		if c.FollowUps[i].ID == row.ID {
			if !row.LogAnew {
				row.Log, row.LogAnew = append(c.FollowUps[i].Log, row.Log...), c.FollowUps[i].LogAnew
			}
			c.FollowUps[i] = row
			return
		}
	}
	c.FollowUps = append(c.FollowUps, row)
}

// Queue notes a new message that is to be sent, behind all others or at its position.
func (d *Desk) Queue(item Item) {
	place := len(d.Outbox)
	for i, other := range d.Outbox {
		if item.Position > 0 && (other.Position > item.Position || other.Position == 0) {
			place = i
			break
		}
	}
	d.Outbox = slices.Insert(slices.Clone(d.Outbox), place, item)
	d.Changes.NewItems = append(d.Changes.NewItems, item)
}

// Item finds an outbox row by id.
func (d *Desk) Item(id string) (Item, bool) {
	for _, item := range d.Outbox {
		if item.ID == id {
			return item, true
		}
	}
	return Item{}, false
}

// SaveItem notes a changed outbox row together with its message.
func (d *Desk) SaveItem(item Item) {
	for i := range d.Outbox {
		if d.Outbox[i].ID == item.ID {
			d.Outbox[i] = item
		}
	}
	for i := range d.Changes.NewItems {
		if d.Changes.NewItems[i].ID == item.ID {
			d.Changes.NewItems[i] = item
			return
		}
	}
	for i := range d.Changes.Items {
		if d.Changes.Items[i].ID == item.ID {
			d.Changes.Items[i] = item
			return
		}
	}
	d.Changes.Items = append(d.Changes.Items, item)
}

// Done notes that an outbox row has come to its end: the row goes, its message stays as given.
func (d *Desk) Done(item Item) {
	d.SaveItem(item)
	d.Changes.DoneItems = append(d.Changes.DoneItems, item.ID)
	kept := d.Outbox[:0:0]
	for _, other := range d.Outbox {
		if other.ID != item.ID {
			kept = append(kept, other)
		}
	}
	d.Outbox = kept
}

// Claim notes that an item is sent as soon as this desk commits.
func (d *Desk) Claim(item Item) {
	d.SaveItem(item)
	d.Changes.Claims = append(d.Changes.Claims, item.ID)
}

// Write notes that an assistant writes an item's text as soon as this desk commits.
func (d *Desk) Write(item Item) {
	item.State, item.ClaimedAt = ItemWriting, d.Now
	d.SaveItem(item)
	d.Changes.Writings = append(d.Changes.Writings, item.ID)
}

// Notify notes something that the team is told.
func (d *Desk) Notify(kind, title, text string, data map[string]any) {
	d.Changes.Notifications = append(d.Changes.Notifications, Notification{
		ID: chat.NewID(), TenantID: d.Contact.TenantID, Kind: kind, Title: title, Text: text, Data: data, At: d.Now, DueAt: d.Now,
	})
}
