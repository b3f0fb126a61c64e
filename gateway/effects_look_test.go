package gateway_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// seen is the state of a company as sentences by what they are about, in order.
type seen struct {
	names []string
	says  map[string]string
}

func (s *seen) note(name, sentence string) {
	for n := 2; s.says[name] != ""; n++ {
		name = strings.TrimSuffix(name, fmt.Sprintf(" #%d", n-1)) + fmt.Sprintf(" #%d", n)
	}
	s.names, s.says[name] = append(s.names, name), sentence
}

// differences are the sentences that were not so before.
func differences(before, after *seen) []string {
	found := []string{}
	for _, name := range after.names {
		was, is := before.says[name], after.says[name]
		switch {
		case was == is:
		case was == "":
			found = append(found, name+": "+is)
		default:
			found = append(found, name+": "+is+" (was: "+was+")")
		}
	}
	return found
}

// look reads all that webhooks can change, through the same doors as everybody.
func (c *company) look() *seen {
	s := &seen{says: map[string]string{}}
	ctx, page := c.t.Context(), chat.Page{Limit: 200}
	names := map[string]string{}
	people, err := c.e.Store.Contacts(ctx, c.id, chat.ContactFilter{Page: page})
	require.NoError(c.t, err)
	slices.SortFunc(people, func(a, b chat.Contact) int { return cmp.Compare(a.Name+a.Phone, b.Name+b.Phone) })
	for _, one := range people {
		names[one.ID] = firstOf(one.Name, one.Phone, one.Route, "somebody without a name")
		c.lookAtPerson(s, names[one.ID], one)
	}
	channels, err := c.e.Store.Channels(ctx, c.id)
	require.NoError(c.t, err)
	for _, channel := range channels {
		c.lookAtChannel(s, channel)
	}
	talks, err := c.e.Store.Conversations(ctx, c.id, chat.ConversationFilter{Page: page})
	require.NoError(c.t, err)
	slices.SortFunc(talks, func(a, b chat.Conversation) int { return cmp.Compare(names[a.ContactID], names[b.ContactID]) })
	for _, talk := range talks {
		s.note("conversation with "+names[talk.ContactID], talkSays(talk, c.e.Clock()))
	}
	messages, err := c.e.Store.Messages(ctx, c.id, chat.MessageFilter{Page: page})
	require.NoError(c.t, err)
	slices.SortFunc(messages, func(a, b chat.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(names[a.ContactID], names[b.ContactID]), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	for _, m := range messages {
		s.note("message "+messageName(m)+" "+names[m.ContactID], messageSays(m))
	}
	told, err := c.e.Store.Notifications(ctx, c.id, page)
	require.NoError(c.t, err)
	slices.SortFunc(told, func(a, b desk.Notification) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text))
	})
	for _, n := range told {
		said := n.Title
		if strings.HasPrefix(n.Kind, "sender.") || strings.HasPrefix(n.Kind, "template.") {
			said += ". " + n.Text // the words of other notices have truth files of their own
		}
		s.note("the team is told ("+n.Kind+")", said)
	}
	return s
}

func (c *company) lookAtPerson(s *seen, name string, one chat.Contact) {
	says := []string{"known"}
	if one.Phone != "" {
		says = append(says, one.Phone)
	}
	if one.Route != "" {
		says = append(says, "reached at "+one.Route)
	}
	if one.OptOut != chat.OptOutNone {
		says = append(says, "refuses "+string(one.OptOut)+" messages")
	}
	s.note("contact "+name, strings.Join(says, ", "))
}

func (c *company) lookAtChannel(s *seen, channel chat.Channel) {
	ctx, page := c.t.Context(), chat.Page{Limit: 200}
	s.note("channel "+channel.Name, channelSays(channel, c.e.Clock()))
	templates, err := c.e.Store.Templates(ctx, c.id, channel.ID)
	require.NoError(c.t, err)
	for _, t := range templates {
		says := t.Status + ", " + t.Category + ", quality " + firstOf(t.Quality, "unknown")
		if t.Reason != "" {
			says += ", because: " + t.Reason
		}
		switch {
		case t.Sendable():
			says += " - may be sent"
		case t.Held():
			says += " - what is due waits for it"
		default:
			says += " - what is due fails"
		}
		s.note("template "+t.Name+" "+t.Language+" of "+channel.Name, says)
	}
	news, err := c.e.Store.News(ctx, c.id, channel.ID, page)
	require.NoError(c.t, err)
	fields := make([]string, len(news))
	for i, n := range news {
		fields[i] = n.Field
	}
	slices.Sort(fields)
	for _, field := range fields {
		s.note("news kept for "+channel.Name, field)
	}
	kept, err := c.e.Store.Rejected(ctx, c.id, channel.ID, page)
	require.NoError(c.t, err)
	slices.SortFunc(kept, func(a, b desk.KeptItem) int { return cmp.Compare(a.Reason, b.Reason) })
	for _, item := range kept {
		s.note("kept aside for people to look at", item.Reason)
	}
}

func channelSays(c chat.Channel, now time.Time) string {
	says := []string{"on line"}
	if !c.Online {
		says = []string{"off line (" + c.OfflineReason + ")"}
	}
	if c.Restriction.Forbids(now, false) {
		which := "sends nothing"
		if c.Restriction.AnswersAllowed {
			which = "only answers"
		}
		says = append(says, which+" until "+c.Restriction.Until.Format(time.RFC3339))
	}
	for _, one := range []struct{ name, value string }{
		{"quality", c.Number.Quality}, {"status", c.Number.Status}, {"daily limit", c.Number.Tier}, {"name", c.Number.VerifiedName}, {"name status", c.Number.NameStatus},
	} {
		if one.value != "" {
			says = append(says, one.name+" "+one.value)
		}
	}
	if c.Number.Throughput > 0 {
		says = append(says, fmt.Sprintf("%d messages a second", c.Number.Throughput))
	}
	if !c.SyncDueAt.IsZero() {
		says = append(says, "templates are to be read again")
	}
	return strings.Join(says, ", ")
}

func talkSays(talk chat.Conversation, now time.Time) string {
	says := []string{"window closed"}
	if closes := talk.WindowClosesAt(); !closes.IsZero() {
		says = []string{"window open until " + closes.Format(time.RFC3339)}
	} else if !talk.WindowClosedAt.IsZero() {
		says = []string{"window closed by the provider"}
	}
	if talk.WindowOpen(now) {
		says = append(says, "open now")
	}
	if !talk.AgentAt.IsZero() {
		says = append(says, "a person took over at "+talk.AgentAt.Format(time.RFC3339))
	}
	return strings.Join(says, ", ")
}

func messageName(m chat.Message) string {
	if m.Direction == chat.Inbound {
		return "from"
	}
	if m.Origin == chat.FromPerson {
		return "of a person of the business to"
	}
	return "of ours to"
}

func messageSays(m chat.Message) string {
	says := []string{string(m.Content.Type)}
	if m.Content.Text != "" {
		says[0] += " \"" + m.Content.Text + "\""
	}
	says = append(says, string(m.State))
	if m.ErrorCode != "" {
		says = append(says, "error "+m.ErrorCode)
	}
	if m.Category != "" {
		says = append(says, "price "+m.Category)
	}
	for _, one := range []struct {
		name string
		at   time.Time
	}{{"sent", m.SentAt}, {"delivered", m.DeliveredAt}, {"read", m.ReadAt}, {"failed", m.FailedAt}} {
		if !one.at.IsZero() {
			says = append(says, one.name+" at "+one.at.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(says, ", ")
}
