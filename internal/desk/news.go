package desk

import (
	"time"

	"retoma/internal/chat"
)

// ChannelNews is news from a provider and the channel that it is about.
type ChannelNews struct {
	ChannelID string
	News      chat.News
}

// Affected is what news are about: a channel, and the template that they name if it is known.
type Affected struct {
	Channel  chat.Channel
	Template *chat.Template
}

// Freed tells whether something that was held back may go now.
func (a Affected) Freed(after Affected, now time.Time) bool {
	if a.Template != nil && after.Template != nil && !a.Template.Sendable() && after.Template.Sendable() {
		return true
	}
	was, is := a.Channel, after.Channel
	return is.Online && (!was.Online || was.Restriction.Forbids(now, false) && !is.Restriction.Forbids(now, false) ||
		is.MorePeopleThan(was))
}

// Heard is what came of news: the notifications that were made, and the channels on which something may go again.
type Heard struct {
	Notifications []string
	Freed         []string
}

// Parts of a channel that news are about, each with a time of its own: a late report about one must not undo a newer one.
const (
	partSender      = "sender"
	partRestriction = "sender.restriction"
	partStanding    = "number.standing"
	partTier        = "number.tier"
	partThroughput  = "number.throughput"
	partNameStatus  = "number.name_status"
	partName        = "number.name"
)

// Take applies news to what they are about, part by part where newer says that nothing newer is known of it, and tells what
// the team has to hear. Now is the time of arrival.
func Take(news chat.News, on Affected, newer func(part string) bool, now time.Time) (Affected, []Notification) {
	t := &taking{news: news, on: on, newer: newer, now: now}
	switch {
	case news.Template != nil:
		t.template(*news.Template)
	case news.Number != nil:
		t.number(*news.Number)
	case news.Sender != nil:
		t.sender(*news.Sender)
	case news.Text != "":
		t.tell("sender.warned", "Aviso do provedor", nil)
	}
	return t.on, t.notes
}

type taking struct {
	news  chat.News
	on    Affected
	newer func(part string) bool
	now   time.Time
	notes []Notification
}

// tell says the news' own text to the team, with the channel's name before it.
func (t *taking) tell(kind, title string, data map[string]any) {
	all := map[string]any{"channelId": t.on.Channel.ID, "field": t.news.Field}
	for name, value := range data {
		all[name] = value
	}
	t.notes = append(t.notes, Notification{
		ID: chat.NewID(), TenantID: t.on.Channel.TenantID, Kind: kind, Title: title, Text: t.on.Channel.Name + ": " + t.news.Text,
		Data: all, At: t.now, DueAt: t.now,
	})
}

// sender takes the account off line, puts it back, or notes for how long it may send less.
func (t *taking) sender(news chat.SenderNews) {
	if news.Standing == chat.StandingAdmonished {
		t.tell("sender.warned", "A conta recebeu uma advertência", nil)
		return
	}
	before, after := t.on.Channel, t.on.Channel
	online, restriction := news.Concerns()
	if online && t.newer(partSender) {
		after = after.Stand(news, t.now)
	}
	if restriction && t.newer(partRestriction) {
		after = after.Restrict(news, t.now)
	}
	t.on.Channel = after
	couldSend := before.Online && !before.Restriction.Forbids(t.now, true)
	canSend := after.Online && !after.Restriction.Forbids(t.now, true)
	switch {
	case couldSend && !canSend:
		t.tell("sender.offline", "O remetente está fora do ar", nil)
	case after.Restriction != before.Restriction && after.Restriction.Forbids(t.now, false):
		t.tell("sender.restricted", "O remetente só pode responder", map[string]any{"until": after.Restriction.Until})
	case canSend && !after.Restriction.Forbids(t.now, false) && (!couldSend || before.Restriction.Forbids(t.now, false)):
		t.tell("sender.online", "O remetente voltou", nil)
	}
}

func (t *taking) number(news chat.NumberNews) {
	state := &t.on.Channel.Number
	before := *state
	if news.Status+news.Quality != "" && t.newer(partStanding) {
		set(&state.Status, news.Status)
		set(&state.Quality, news.Quality)
	}
	if news.Tier != "" && t.newer(partTier) {
		state.Tier = news.Tier
	}
	if news.Throughput > 0 && t.newer(partThroughput) {
		state.Throughput = news.Throughput
	}
	if news.NameStatus != "" && t.newer(partNameStatus) {
		state.NameStatus = news.NameStatus
	}
	if news.VerifiedName != "" && t.newer(partName) {
		state.VerifiedName = news.VerifiedName
	}
	if t.news.Text != "" && *state != before {
		t.tell("sender.warned", "Mudança no número", map[string]any{"tier": state.Tier, "quality": state.Quality})
	}
}

// template changes the template that is known. For one that is not, and for what only reading it can show, the templates
// are wanted anew.
func (t *taking) template(news chat.TemplateNews) {
	known := t.on.Template
	if known == nil || news.Redefined {
		t.on.Channel.SyncDueAt = t.now
	}
	if known == nil {
		return
	}
	before, after := *known, *known
	part := func(name string) string { return "template:" + before.Name + "/" + before.Language + ":" + name }
	if news.Status != "" && t.newer(part("status")) {
		after.Status, after.Reason = news.Status, news.Reason
		after.HeldUntil, after.HeldNumber = time.Time{}, "" // in the place of what its refusals had taught
	}
	if news.Category != "" && t.newer(part("category")) {
		after.Category = news.Category
	}
	if news.Quality != "" && t.newer(part("quality")) {
		after.Quality = news.Quality
	}
	t.on.Template = &after
	t.tellTemplate(before, after)
}

func (t *taking) tellTemplate(before, after chat.Template) {
	data := map[string]any{
		"template": after.Name, "language": after.Language, "status": after.Status, "category": after.Category, "quality": after.Quality, "reason": after.Reason,
	}
	switch {
	case before.Sendable() && !after.Sendable():
		t.tell("template.paused", "Um template não pode mais ser enviado", data)
	case !before.Sendable() && after.Sendable():
		t.tell("template.resumed", "Um template pode ser enviado de novo", data)
	case t.news.Text != "" && (after.Status != before.Status || after.Quality != before.Quality || after.Category != before.Category || t.planned()):
		t.tell("template.warned", "Mudança num template", data)
	}
}

// planned tells whether the news announce something that has not happened yet.
func (t *taking) planned() bool { return t.news.Data["correct_category"] != nil }

func set(field *string, value string) {
	if value != "" {
		*field = value
	}
}

// KeptNews is what a provider told, as it is kept for people.
type KeptNews struct {
	ID    string
	Field string
	Text  string
	// At is the provider's time, zero if it gave none.
	At         time.Time
	ReceivedAt time.Time
	Data       map[string]any
}
