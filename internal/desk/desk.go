package desk

import (
	"context"
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

// ItemState is where an outbox row stands. A row that is done is gone.
type ItemState string

// The states of an outbox row.
const (
	ItemPending     ItemState = "pending"
	ItemSending     ItemState = "sending"
	ItemUnconfirmed ItemState = "unconfirmed"
	// ItemWriting rows wait for an assistant to write their text. They can still be taken back.
	ItemWriting ItemState = "writing"
	// ItemParked rows wait for the customer's message (start-conversation.md).
	ItemParked ItemState = "parked"
)

// WritingLease is how long a process that has an assistant write may be silent about it before the message is given to
// another; it says that it lives every WritingPulse.
const (
	WritingLease = 15 * time.Second
	WritingPulse = 5 * time.Second
)

// Item is an outbox row: one message that is to be sent, and how far that is.
type Item struct {
	ID string // the message's id
	// OrderingKey orders writing: rows of one key go out one after another (a run, or the message alone).
	OrderingKey string
	Action      string
	State       ItemState
	DueAt       time.Time
	ClaimedAt   time.Time
	Attempts    int // tries that were used up
	// Waits tells that the message's run waits for the outcome.
	Waits   bool
	Message chat.Message
	// Request is the idempotent request that asked for the message; its answer is kept in the same commit. Nil for none.
	Request *Request
}

// Request is a caller's idempotency key and what it is answered.
type Request struct {
	Key    string
	Answer chat.Answer
}

// Outcome is what a claimed send came to.
type Outcome struct {
	ItemID string
	At     time.Time
	// Error is nil when the provider accepted.
	Error      error
	ExternalID string
	Route      string
	State      chat.MessageState
	Log        []chat.LogEntry
	// Draft is what an assistant wrote; the outcome is then no send's.
	Draft *Draft
}

// Draft is a text that an assistant wrote, or why there is none.
type Draft struct {
	Text  string
	Error error
}

// Changes is what a unit of work decided, ready to be written.
type Changes struct {
	Contact       *chat.Contact
	Conversations map[string]chat.Conversation
	NewMessages   []chat.Message
	// Messages are stored ones that changed.
	Messages  []chat.Message
	Runs      []flows.Run
	NewRuns   []flows.Run
	FollowUps []flows.FollowUp
	// RunLogs are what was decided about runs, to be appended to what they have.
	RunLogs   map[string][]chat.LogEntry
	NewItems  []Item
	Items     []Item
	DoneItems []string
	// Claims are the items that are sent as soon as this commits; a claim that finds another mailbox revision undoes everything.
	Claims []string
	// Writings are the items whose texts an assistant writes as soon as this commits.
	Writings []string
	// Handled are inbox rows that are done.
	Handled []string
	// Credit fills respondedAt of a follow-up that the customer answered.
	Credit *Credit
	// FailedFollowUps are sent follow-ups that the provider reported as failed before delivery.
	FailedFollowUps []FailedFollowUp
	Notifications   []Notification
}

// Credit says that a reply answers a follow-up that was sent.
type Credit struct {
	FollowUpID string
	At         time.Time
}

// FailedFollowUp moves the follow-up of a message from SENT to FAILED.
type FailedFollowUp struct {
	MessageID string
	At        time.Time
	ErrorCode string
	Log       []chat.LogEntry
}

// Notification is something that the team is told.
type Notification struct {
	ID       string
	TenantID string
	State    string // "pending", "sent", "failed"; empty for a new one
	Kind     string // such as "send.failed", "message.unconfirmed", "inbox.quarantined"
	Title    string // Portuguese
	Text     string
	Data     map[string]any
	At       time.Time
	Attempts int
	// Problem is what kept the last attempt from succeeding, or a remark about it.
	Problem string
	DueAt   time.Time
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

// Queue notes a new message that is to be sent.
func (d *Desk) Queue(item Item) {
	d.Outbox = append(d.Outbox, item)
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

// Withdrawable tells whether an item was not claimed for sending yet: it can be taken back.
func (i Item) Withdrawable() bool {
	return i.State == ItemPending || i.State == ItemParked || i.State == ItemWriting
}

// Notify notes something that the team is told.
func (d *Desk) Notify(kind, title, text string, data map[string]any) {
	d.Changes.Notifications = append(d.Changes.Notifications, Notification{
		ID: chat.NewID(), TenantID: d.Contact.TenantID, Kind: kind, Title: title, Text: text, Data: data, At: d.Now, DueAt: d.Now,
	})
}
