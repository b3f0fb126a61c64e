package store

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"retoma/internal/chat"
	"retoma/internal/typebot"
)

// What is kept of a contact's words that hold a command or a part of one.
const (
	// wordsKeptFor is how long each is remembered after it was last written.
	wordsKeptFor = 400 * 24 * time.Hour
	// wordsKept is of how many, and of how many bytes together, there can be. Whoever wrote more commands nothing: see [desk.Words].
	wordsKept      = 2000
	wordsKeptBytes = 2 << 20
)

// keepWords remembers those of a message's words that may command, with the message itself: no later talk makes them forgotten.
// Ordinary talk costs no statement.
func keepWords(work *batch, event chat.Event, now time.Time) {
	first := true
	for _, said := range wordsOf(event.Message) {
		if !typebot.Telling(said) {
			continue
		}
		if first {
			work.exec("DELETE FROM contact_words WHERE contact_id = $1 AND said_at < $2", event.ContactID, millis(now.Add(-wordsKeptFor)))
			first = false
		}
		said = text(said)
		sum := sha256.Sum256([]byte(said))
		work.exec(`INSERT INTO contact_words (contact_id, digest, tenant_id, id, said, size, said_at)
			SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT COUNT(*) FROM contact_words WHERE contact_id = $1) <= $8
			ON CONFLICT (contact_id, digest) DO UPDATE SET id = excluded.id, said_at = excluded.said_at`,
			event.ContactID, hex.EncodeToString(sum[:]), event.TenantID, chat.NewID(), said, int64(len(said)), millis(now), int64(wordsKept))
	}
}

// keptWords reads them, oldest first, unless there are too many to compare.
func keptWords(work *batch, one string, named []any, since time.Time, tell func(said string), tooMany func()) {
	all := " FROM contact_words WHERE contact_id IN " + one + " AND said_at >= $5"
	args := append(slices.Clone(named), millis(since))
	work.query(func(row scanner) error {
		var count, size int64
		err := row.Scan(&count, &size)
		if count > wordsKept || size > wordsKeptBytes {
			tooMany()
		}
		return err
	}, "SELECT COUNT(*), COALESCE(SUM(size), 0)"+all, args...)
	work.query(func(row scanner) error {
		var said string
		err := row.Scan(&said)
		tell(said)
		return err
	}, "SELECT said"+all+" AND (SELECT COALESCE(SUM(size), 0)"+all+") <= $6 ORDER BY said_at, id", append(args, int64(wordsKeptBytes))...)
}

// moveWords gives the kept words of a contact to the one that it became.
func moveWords(work *batch, stays, goes string) {
	work.exec(`INSERT INTO contact_words (contact_id, digest, tenant_id, id, said, size, said_at)
		SELECT $1, digest, tenant_id, id, said, size, said_at FROM contact_words WHERE contact_id = $2 ON CONFLICT (contact_id, digest) DO NOTHING`, stays, goes)
	work.exec("DELETE FROM contact_words WHERE contact_id = $1", goes)
}
