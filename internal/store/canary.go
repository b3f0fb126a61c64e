package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"retoma/internal/desk"
)

// Where the installation keeps its canary, one small row whatever the number of processes, and which due time of it has a task.
const (
	canaryMemory = "canary"
	canaryArmed  = "canary.armed"
)

// keptCanary is the row's value; instants are UTC milliseconds.
type keptCanary struct {
	Due  int64 `json:"due"`
	Rang int64 `json:"rang,omitempty"`
	Late int64 `json:"late,omitempty"`
	// raw is the value as it stands in the row, by which a change is a compare-and-set.
	raw string
}

// scanCanary reads the row. A value that cannot be understood is a canary that begins anew: it must not stop the scan.
func scanCanary(row scanner) (keptCanary, error) {
	var kept keptCanary
	err := row.Scan(&kept.raw)
	if json.Unmarshal([]byte(kept.raw), &kept) != nil {
		kept = keptCanary{raw: kept.raw}
	}
	return kept, err
}

func (k keptCanary) told() desk.Canary {
	return desk.Canary{Due: instant(k.Due), Rang: instant(k.Rang), Late: time.Duration(k.Late) * time.Millisecond}
}

// alarm is the canary's due time as an alarm; its contact is nobody's.
func (k keptCanary) alarm() desk.Alarm {
	return desk.Alarm{Kind: desk.AlarmCanary, ID: desk.CanaryID, Token: k.Due, Ref: desk.Ref{ContactID: desk.CanaryID}, At: instant(k.Due)}
}

// RingCanary claims the canary if it is due: of all who try, one does, and plans the next time. Without a canary one is made.
// The alarm given is the next; rang tells whether this call claimed it, and late how long after its due time.
func (s *Store) RingCanary(ctx context.Context, every time.Duration) (next desk.Alarm, late time.Duration, rang bool, err error) {
	var kept keptCanary
	found, err := s.one(ctx, func(row scanner) (err error) {
		kept, err = scanCanary(row)
		return err
	}, "SELECT value FROM installation WHERE name = $1", canaryMemory)
	if err != nil {
		return next, 0, false, err
	}
	now := s.now()
	if found && instant(kept.Due).After(now) && !instant(kept.Due).After(now.Add(2*every)) {
		return kept.alarm(), 0, false, nil
	}
	after := keptCanary{Due: millis(now.Add(every))}
	if due := instant(kept.Due); kept.Due > 0 && !due.After(now) {
		late = now.Sub(due)
		after.Rang, after.Late = millis(now), late.Milliseconds()
	} // else there was none, or it was planned by a clock that is far off: it begins anew
	value, err := json.Marshal(after)
	if err != nil {
		return next, 0, false, err
	}
	var changed int64
	err = s.write(ctx, "canary", func(tx transaction) error {
		work := &batch{}
		if found {
			work.count(&changed, "UPDATE installation SET value = $3 WHERE name = $1 AND value = $2", canaryMemory, kept.raw, string(value))
		} else {
			work.count(&changed, "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", canaryMemory, string(value))
		}
		return tx.run(ctx, work)
	})
	if err != nil || changed == 0 {
		return next, 0, false, err // somebody else was quicker, and arms the next one
	}
	return after.alarm(), late, after.Rang > 0, nil
}

// canaryDue gives the canary if it is due by an instant: the scan finds it where nobody rang.
func canaryDue(work *batch, by time.Time, found func(desk.Alarm)) {
	work.query(func(row scanner) error {
		kept, err := scanCanary(row)
		if err == nil && kept.Due > 0 && kept.Due <= millis(by) {
			found(kept.alarm())
		}
		return err
	}, "SELECT value FROM installation WHERE name = $1", canaryMemory)
}

// canaryUnarmed gives the canary to those who arm, if its due time has no task yet.
func canaryUnarmed(work *batch, until time.Time, found func(desk.Alarm)) {
	armed := ""
	work.query(func(row scanner) error { return row.Scan(&armed) }, "SELECT value FROM installation WHERE name = $1", canaryArmed)
	canaryDue(work, until, func(alarm desk.Alarm) {
		if armed != strconv.FormatInt(alarm.Token, 10) {
			found(alarm)
		}
	})
}

func armCanary(work *batch, alarm desk.Alarm) {
	work.exec("INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		canaryArmed, strconv.FormatInt(alarm.Token, 10))
}
