package store

import (
	"context"
)

// StopFlow ends the waiting runs of a flow in small batches, each under its contacts' locks, in order of contact. A run
// whose send is on its way is left: the worker ends it with the send's result.
func (s *Store) StopFlow(ctx context.Context, tenantID, flowID, reason string) (stopped int, err error) {
	return s.stopAll(ctx, flowStop{tenantID: tenantID, flowID: flowID, reason: reason})
}

// StopFlowElsewhere ends the waiting runs of a flow that are not on its channel any more.
func (s *Store) StopFlowElsewhere(ctx context.Context, tenantID, flowID, channelID, reason string) (stopped int, err error) {
	return s.stopAll(ctx, flowStop{tenantID: tenantID, flowID: flowID, channelID: channelID, reason: reason})
}

// flowStop says which runs are ended; channelID, if given, spares those of that channel.
type flowStop struct{ tenantID, flowID, channelID, reason string }

func (s *Store) stopAll(ctx context.Context, wanted flowStop) (stopped int, err error) {
	after := "" // the last contact that was looked at
	for {
		found, count, err := s.stopSome(ctx, wanted, &after)
		stopped += count
		if err != nil || found == 0 {
			return stopped, err
		}
	}
}

const stopBatch = 200

// stopSome takes the locks of some contacts first and then looks at their runs: on PostgreSQL a statement that had to
// wait for a lock still judges by what it saw before, and a send that was claimed meanwhile would be taken for none.
func (s *Store) stopSome(ctx context.Context, wanted flowStop, after *string) (found, stopped int, err error) {
	var runs []stoppedRun
	err = s.write(ctx, "stop runs", func(tx transaction) error {
		runs, found = nil, 0
		last := *after
		var lock, read batch
		lock.query(func(row scanner) error {
			found++
			return row.Scan(&last)
		}, `SELECT c.id FROM contacts c JOIN (SELECT DISTINCT contact_id FROM runs WHERE flow_id = $2 AND flow_id <> '' AND state = 'waiting'
			AND contact_id > $3 AND (channel_id <> $4 OR $4 = '') ORDER BY contact_id LIMIT $5) r ON r.contact_id = c.id
			WHERE c.tenant_id = $1 ORDER BY c.id FOR NO KEY UPDATE OF c`, wanted.tenantID, wanted.flowID, *after, wanted.channelID, stopBatch)
		if err := tx.run(ctx, &lock); err != nil || found == 0 {
			return err
		}
		read.query(func(row scanner) error {
			var one stoppedRun
			err := row.Scan(&one.runID, &one.followUpID, &one.contactID)
			runs = append(runs, one)
			return err
		}, `SELECT r.id, r.followup_id, r.contact_id FROM runs r WHERE r.flow_id = $1 AND r.flow_id <> '' AND r.state = 'waiting' AND (r.channel_id <> $4 OR $4 = '')
			AND r.contact_id > $2 AND r.contact_id <= $3
			AND NOT EXISTS (SELECT 1 FROM outbox o JOIN messages m ON m.id = o.id WHERE o.contact_id = r.contact_id AND m.run_id = r.id AND o.state = 'sending')
			ORDER BY r.contact_id, r.id`, wanted.flowID, *after, last, wanted.channelID)
		if err := tx.run(ctx, &read); err != nil {
			return err
		}
		*after = last
		if len(runs) == 0 {
			return nil
		}
		return s.stopRuns(ctx, tx, runs, wanted.reason)
	})
	return found, len(runs), err
}
