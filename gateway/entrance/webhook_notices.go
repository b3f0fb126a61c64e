package entrance

import (
	"cmp"
	"slices"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
)

// The keys of a channel's configuration by which news find it: the account that owns the number, and the business portfolio
// whose limits all its numbers share.
const (
	configAccount   = "wabaId"
	configPortfolio = "portfolioId"
)

// told gives the news to every channel that they are about; none if no channel of the tenant is meant.
func (r itemRouter) told(notice provider.Notice) []desk.ChannelNews {
	var told []desk.ChannelNews
	for _, channel := range r.channels(notice) {
		told = append(told, desk.ChannelNews{ChannelID: channel.ID, News: notice.News})
	}
	return told
}

// channels are those that news are about: the number that they name, or every channel of the account. News without any
// account came to this URL, so they are about its channel.
func (r itemRouter) channels(notice provider.Notice) []chat.Channel {
	if channel, known := r.byAccount[notice.Account]; known {
		return []chat.Channel{channel}
	}
	var all []chat.Channel
	portfolios := map[string]bool{}
	for account, channel := range r.byAccount {
		if account != "" && channel.Config[configAccount] == notice.Account {
			all = append(all, channel)
			portfolios[channel.Config[configPortfolio]] = true
		}
	}
	if notice.Number != nil && notice.Number.Phone == "" {
		for account, channel := range r.byAccount {
			if account != "" && channel.Config[configPortfolio] != "" && portfolios[channel.Config[configPortfolio]] {
				all = append(all, channel)
			}
		}
	}
	slices.SortFunc(all, func(a, b chat.Channel) int { return cmp.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b chat.Channel) bool { return a.ID == b.ID })
	if notice.Number != nil && notice.Number.Phone != "" {
		all = slices.DeleteFunc(all, func(c chat.Channel) bool { return chat.PhoneKey(c.Phone) != chat.PhoneKey(notice.Number.Phone) })
	}
	return all
}
