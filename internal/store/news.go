package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// untimed is how long news without a time of their own count as the same when they come again.
const untimed = time.Hour

// Tell writes down what a provider told about channels, and applies it, in one commit. News that were told before do
// nothing; news that are older than what is known of the same part change nothing. The result are the notifications for
// the team that were made.
func (s *Store) Tell(ctx context.Context, tenantID string, told []desk.ChannelNews) (desk.Heard, error) {
	acts := false
	for _, one := range told {
		acts = acts || one.News.Acts()
	}
	var heard desk.Heard
	do := func(tx transaction) error {
		heard = desk.Heard{}
		for _, one := range told {
			if err := s.tellOne(ctx, tx, tenantID, one, &heard); err != nil {
				return err
			}
		}
		return nil
	}
	commit := func() error { return s.write(ctx, "news", do) }
	if acts {
		commit = func() error { return s.configure(ctx, "news", tenantID, do) }
	}
	err := commit()
	return heard, err
}

func (s *Store) tellOne(ctx context.Context, tx transaction, tenantID string, told desk.ChannelNews, heard *desk.Heard) error {
	now := s.now()
	news := told.News
	if news.At.IsZero() || news.At.After(now) {
		news.At = now
	}
	fresh, err := keepNews(ctx, tx, tenantID, told, now)
	if err != nil || !fresh {
		return err
	}
	on, known, err := s.affected(ctx, tx, tenantID, told)
	if err != nil || on.Channel.ID == "" {
		return err
	}
	var work batch
	newer := func(part string) bool {
		if news.At.Before(known[part]) {
			return false
		}
		work.exec(`INSERT INTO news_known (channel_id, part, at) VALUES ($1, $2, $3)
			ON CONFLICT (channel_id, part) DO UPDATE SET at = excluded.at`, told.ChannelID, text(part), millis(news.At))
		return true
	}
	after, notes := desk.Take(news, on, newer, now)
	if err := writeNews(&work, on, after); err != nil {
		return err
	}
	if on.Freed(after, now) {
		heard.Freed = append(heard.Freed, told.ChannelID)
	}
	for _, note := range notes {
		if err := insertNotification(&work, note); err != nil {
			return err
		}
		heard.Notifications = append(heard.Notifications, note.ID)
	}
	if work.empty() {
		return nil
	}
	return tx.run(ctx, &work)
}

// keepNews writes the news down, and tells whether they are new to the channel.
func keepNews(ctx context.Context, tx transaction, tenantID string, told desk.ChannelNews, now time.Time) (bool, error) {
	body, err := encoded(told.News.Data)
	if err != nil {
		return false, err
	}
	digest, err := digestOf(told.News, now)
	if err != nil {
		return false, err
	}
	var affected int64
	var work batch
	work.count(&affected, `INSERT INTO news (id, tenant_id, channel_id, field, digest, text, body, at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (channel_id, digest) DO NOTHING`,
		chat.NewID(), tenantID, told.ChannelID, text(told.News.Field), digest, text(told.News.Text), text(body), millis(told.News.At), millis(now))
	err = tx.run(ctx, &work)
	return affected > 0, err
}

// digestOf is the same for news that say the same of the same moment.
func digestOf(news chat.News, now time.Time) (string, error) {
	at := news.At
	if at.IsZero() {
		at = now.Truncate(untimed)
	}
	said, err := json.Marshal([]any{news.Field, at.UnixMilli(), news.Data})
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:]), err
}

// affected reads what the news are about, and how old the newest news of each part are.
func (s *Store) affected(ctx context.Context, tx transaction, tenantID string, told desk.ChannelNews) (desk.Affected, map[string]time.Time, error) {
	var on desk.Affected
	var byName *chat.Template
	known := map[string]time.Time{}
	var read batch
	read.query(func(row scanner) (err error) {
		on.Channel, err = s.scanChannel(row)
		return err
	}, "SELECT "+channelColumns+" FROM channels WHERE tenant_id = $1 AND id = $2 AND deleted_at = 0", tenantID, told.ChannelID)
	read.query(func(row scanner) error {
		var part string
		var at int64
		err := row.Scan(&part, &at)
		known[part] = instant(at)
		return err
	}, "SELECT part, at FROM news_known WHERE channel_id = $1", told.ChannelID)
	if named := told.News.Template; named != nil {
		read.query(func(row scanner) error {
			template, err := scanTemplate(row)
			if named.ExternalID != "" && template.ExternalID == named.ExternalID {
				on.Template = &template
			} else if template.Name == named.Name && template.Language == named.Language {
				byName = &template
			}
			return err
		}, "SELECT "+templateColumns+` FROM templates WHERE tenant_id = $1 AND channel_id = $2
			AND (external_id = $3 OR name = $4 AND language = $5)`, tenantID, told.ChannelID, text(named.ExternalID), text(named.Name), text(named.Language))
	}
	err := tx.run(ctx, &read)
	if on.Template == nil {
		on.Template = byName
	}
	return on, known, err
}

// writeNews writes what changed.
func writeNews(work *batch, before, after desk.Affected) error {
	c := after.Channel
	if number, was := c.Number, before.Channel.Number; number != was {
		work.exec(`UPDATE channels SET quality = $3, number_status = $4, tier = $5, throughput = $6, verified_name = $7, name_status = $8
			WHERE id = $1 AND tenant_id = $2`, c.ID, c.TenantID, text(number.Quality), text(number.Status), text(number.Tier), number.Throughput,
			text(number.VerifiedName), text(number.NameStatus))
	}
	if c.Online != before.Channel.Online || c.OfflineReason != before.Channel.OfflineReason || c.Restriction != before.Channel.Restriction {
		limits, err := encodedOrEmpty(c.Limits)
		if err != nil {
			return err
		}
		work.exec(`UPDATE channels SET online = $3, offline_reason = $4, limits = $5, restricted_until = $6, restricted_answers = $7,
			restricted_reason = $8 WHERE id = $1 AND tenant_id = $2`, c.ID, c.TenantID, c.Online, text(c.OfflineReason), text(limits),
			millis(c.Restriction.Until), c.Restriction.AnswersAllowed, text(c.Restriction.Reason))
	}
	if !c.SyncDueAt.Equal(before.Channel.SyncDueAt) {
		work.exec("UPDATE channels SET sync_due_at = $3 WHERE id = $1 AND tenant_id = $2 AND (sync_due_at = 0 OR sync_due_at > $3)",
			c.ID, c.TenantID, millis(c.SyncDueAt))
	}
	if t := after.Template; t != nil {
		work.exec(`UPDATE templates SET status = $3, reason = $4, category = $5, quality = $6, held_until = $7, held_number = $8
			WHERE id = $1 AND tenant_id = $2`, t.ID, t.TenantID, text(t.Status), text(t.Reason), text(t.Category), text(t.Quality),
			millis(t.HeldUntil), text(t.HeldNumber))
	}
	return nil
}

// News lists what the provider told of a channel, newest first.
func (s *Store) News(ctx context.Context, tenantID, channelID string, page chat.Page) ([]desk.KeptNews, error) {
	where := newFilter("tenant_id", tenantID)
	where.equal("channel_id", channelID)
	where.page("id", page)
	limit := where.limit(page)
	var kept []desk.KeptNews
	err := s.list(ctx, func(row scanner) error {
		var one desk.KeptNews
		var body string
		var at, receivedAt int64
		if err := row.Scan(&one.ID, &one.Field, &one.Text, &body, &at, &receivedAt); err != nil {
			return err
		}
		one.At, one.ReceivedAt = instant(at), instant(receivedAt)
		err := decode(body, &one.Data)
		kept = append(kept, one)
		return err
	}, "SELECT id, field, text, body, at, received_at FROM news WHERE "+where.text()+" ORDER BY id DESC"+limit, where.args...)
	return kept, err
}
