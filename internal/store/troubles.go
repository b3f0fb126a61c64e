package store

import (
	"context"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

func writeTroubles(work *batch, d *desk.Desk) error {
	for _, trouble := range d.Changes.Troubles {
		body, err := encoded(trouble)
		if err != nil {
			return err
		}
		work.exec("INSERT INTO troubles (id, tenant_id, body, created_at) VALUES ($1, $2, $3, $4)", trouble.ID, trouble.TenantID, text(body), millis(d.Now))
	}
	return nil
}

// Troubles lists what refusals said and nobody has acted on since before: a process died between the two.
func (s *Store) Troubles(ctx context.Context, before time.Time, limit int) ([]desk.Trouble, error) {
	var troubles []desk.Trouble
	err := s.list(ctx, func(row scanner) error {
		var body string
		if err := row.Scan(&body); err != nil {
			return err
		}
		var trouble desk.Trouble
		err := decode(body, &trouble)
		troubles = append(troubles, trouble)
		return err
	}, "SELECT body FROM troubles WHERE created_at <= $1 ORDER BY id LIMIT $2", millis(before), limit)
	return troubles, err
}

// ApplyTrouble acts on what a refusal said: channels go offline or rest, a template is held, and the team is told once. It
// gives the ids of notifications to be delivered. A trouble that was acted on already, or that says nothing new, changes
// nothing.
func (s *Store) ApplyTrouble(ctx context.Context, trouble desk.Trouble) (notifications []string, err error) {
	channels, template, err := s.concerned(ctx, trouble)
	if err != nil {
		return nil, err
	}
	if len(channels) == 0 || allKnow(trouble, channels, template) {
		var work batch
		work.exec("DELETE FROM troubles WHERE id = $1", trouble.ID)
		return nil, s.writeBatch(ctx, "trouble", &work)
	}
	err = s.configure(ctx, "trouble", trouble.TenantID, func(tx transaction) error {
		notifications = nil
		var mine, work batch
		var pending int64
		mine.count(&pending, "DELETE FROM troubles WHERE id = $1", trouble.ID)
		if err := tx.run(ctx, &mine); err != nil || pending == 0 {
			return err
		}
		var told *desk.Notification
		var err error
		if trouble.Reach.Scope == fault.ScopeTemplate {
			told, err = s.holdTemplate(ctx, tx, &work, trouble)
		} else {
			told, err = s.stopChannels(ctx, tx, &work, trouble, channels)
		}
		if err != nil {
			return err
		}
		if told != nil {
			notifications = append(notifications, told.ID)
			if err := insertNotification(&work, *told); err != nil {
				return err
			}
		}
		return tx.run(ctx, &work)
	})
	return notifications, err
}

// concerned are the channels that a trouble reaches, its own first, and its template.
func (s *Store) concerned(ctx context.Context, trouble desk.Trouble) ([]chat.Channel, chat.Template, error) {
	var template chat.Template
	all, err := s.Channels(ctx, trouble.TenantID)
	if err != nil {
		return nil, template, err
	}
	if trouble.Template != nil {
		_, err = s.one(ctx, func(row scanner) (err error) {
			template, err = scanTemplate(row)
			return err
		}, "SELECT "+templateColumns+" FROM templates WHERE channel_id = $1 AND name = $2 AND language = $3",
			trouble.ChannelID, trouble.Template.Name, trouble.Template.Language)
	}
	return reached(trouble, all), template, err
}

// reached are the channels of an account where the account is ill: those of the same WABA, or with the same token.
func reached(trouble desk.Trouble, all []chat.Channel) []chat.Channel {
	var own chat.Channel
	for _, channel := range all {
		if channel.ID == trouble.ChannelID {
			own = channel
		}
	}
	if own.ID == "" {
		return nil
	}
	concerned := []chat.Channel{own}
	if scope := trouble.Reach.Scope; scope != fault.ScopeAccount && scope != fault.ScopeCountry {
		return concerned
	}
	for _, channel := range all {
		if channel.ID != own.ID && channel.SharesAccount(own) {
			concerned = append(concerned, channel)
		}
	}
	return concerned
}

func allKnow(trouble desk.Trouble, channels []chat.Channel, template chat.Template) bool {
	for _, channel := range channels {
		if !trouble.Known(channel, template) {
			return false
		}
	}
	return true
}

// stopChannels takes channels offline or lets them rest, as they are now.
func (s *Store) stopChannels(ctx context.Context, tx transaction, work *batch, trouble desk.Trouble, concerned []chat.Channel) (*desk.Notification, error) {
	var changed, told []chat.Channel
	var read batch
	for _, one := range concerned {
		read.query(func(row scanner) error {
			channel, err := s.scanChannel(row)
			if err != nil {
				return err
			}
			channel, news := stop(channel, trouble)
			changed = append(changed, channel)
			if news {
				told = append(told, channel)
			}
			return nil
		}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", trouble.TenantID, one.ID)
	}
	if err := tx.run(ctx, &read); err != nil {
		return nil, err
	}
	for _, channel := range changed {
		limits, err := encodedOrEmpty(channel.Limits)
		if err != nil {
			return nil, err
		}
		work.exec("UPDATE channels SET online = $3, offline_reason = $4, limits = $5 WHERE id = $1 AND tenant_id = $2",
			channel.ID, channel.TenantID, channel.Online, text(channel.OfflineReason), text(limits))
	}
	if len(told) == 0 {
		return nil, nil
	}
	return s.channelNews(trouble, told), nil
}

// stop is what a trouble makes of a channel. It tells whether the team should hear of it.
func stop(channel chat.Channel, trouble desk.Trouble) (chat.Channel, bool) {
	until := trouble.At.Add(trouble.Reach.CoolDown)
	switch {
	case trouble.Reach.Lift != "":
		outage := chat.Outage{Code: trouble.Code, Number: trouble.Reach.Number, Lift: trouble.Reach.Lift, Since: trouble.At}
		return channel.Fail(outage, trouble.Text, trouble.Reach.CoolDown)
	case trouble.Reach.Scope == fault.ScopeCountry:
		news := channel.Limits.Countries[trouble.Country].IsZero()
		countries := map[string]time.Time{trouble.Country: until}
		for code, other := range channel.Limits.Countries {
			if code != trouble.Country {
				countries[code] = other
			}
		}
		channel.Limits.Countries = countries
		return channel, news
	case trouble.Reach.Marketing && until.After(channel.Limits.MarketingRest):
		news := !trouble.At.Before(channel.Limits.MarketingRest)
		channel.Limits.MarketingRest = until
		return channel, news
	}
	return channel, false
}

func (s *Store) channelNews(trouble desk.Trouble, channels []chat.Channel) *desk.Notification {
	var names, ids []string
	for _, channel := range channels {
		names, ids = append(names, channel.Name), append(ids, channel.ID)
	}
	n := s.news(trouble, map[string]any{"channelId": ids[0], "channelIds": ids})
	who := strings.Join(names, ", ")
	switch {
	case trouble.Reach.Lift != "":
		n.Kind, n.Title, n.Text = "sender.offline", "Remetente fora do ar", "Os envios de "+who+" pararam. "+trouble.Text
	case trouble.Reach.Scope == fault.ScopeCountry:
		n.Kind, n.Title, n.Text = "sender.limited", "País recusado", "Os envios de "+who+" para números +"+trouble.Country+" foram recusados. "+trouble.Text
	default:
		n.Kind, n.Title, n.Text = "sender.limited", "Marketing em descanso", "O marketing de "+who+" descansa por algumas horas; respostas e avisos continuam. "+trouble.Text
	}
	return n
}

// heldAgain is how long a template that is held again for the same reason is no news.
const heldAgain = 24 * time.Hour

// templateRest is how long a template rests whose refusal names no time: it is then tried again, unless it was recovered before.
const templateRest = 6 * time.Hour

// holdTemplate lets a template rest on its channel.
func (s *Store) holdTemplate(ctx context.Context, tx transaction, work *batch, trouble desk.Trouble) (*desk.Notification, error) {
	if trouble.Template == nil {
		return nil, nil
	}
	var template chat.Template
	var found bool
	var read batch
	read.query(func(row scanner) (err error) {
		found = true
		template, err = scanTemplate(row)
		return err
	}, "SELECT "+templateColumns+" FROM templates WHERE channel_id = $1 AND name = $2 AND language = $3",
		trouble.ChannelID, trouble.Template.Name, trouble.Template.Language)
	if err := tx.run(ctx, &read); err != nil || !found {
		return nil, err
	}
	rest := trouble.Reach.CoolDown
	if rest == 0 {
		rest = templateRest
	}
	same := template.HeldNumber == trouble.Reach.Number && trouble.At.Before(template.HeldAt.Add(heldAgain))
	if !same {
		template.HeldAt = trouble.At
	}
	if trouble.Reach.Template != "" {
		template.Status = trouble.Reach.Template
	}
	work.exec("UPDATE templates SET status = $2, held_until = $3, held_at = $4, held_number = $5 WHERE id = $1",
		template.ID, text(template.Status), millis(trouble.At.Add(rest)), millis(template.HeldAt), text(trouble.Reach.Number))
	if same {
		return nil, nil
	}
	n := s.news(trouble, map[string]any{
		"channelId": trouble.ChannelID, "templateId": template.ID, "template": template.Name, "language": template.Language, "status": template.Status,
	})
	n.Kind, n.Title = "template.paused", "Modelo em espera"
	n.Text = "O modelo " + template.Name + " (" + template.Language + ") não está sendo enviado. " + trouble.Text
	return n, nil
}

func (s *Store) news(trouble desk.Trouble, data map[string]any) *desk.Notification {
	data["code"], data["number"], data["scope"] = string(trouble.Code), trouble.Reach.Number, string(trouble.Reach.Scope)
	return &desk.Notification{ID: chat.NewID(), TenantID: trouble.TenantID, Data: data, At: s.now(), DueAt: s.now()}
}

// RecoverChannel brings an offline channel back, if by may do that: a probe what a code caused, a person or the provider's
// own word anything. It gives the contacts whose messages were waiting.
func (s *Store) RecoverChannel(ctx context.Context, tenantID, channelID string, by fault.Lift) (recovered bool, waiting []desk.Ref, err error) {
	_, err = s.ChangeChannel(ctx, tenantID, channelID, func(c *chat.Channel) error {
		*c, recovered = c.Recover(by, s.now())
		return nil
	})
	if err != nil || !recovered {
		return false, nil, err
	}
	waiting, err = s.LetGo(ctx, tenantID, channelID, "")
	return true, waiting, err
}
