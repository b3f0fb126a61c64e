-- +goose Up
-- After how many minutes evidence is weighed of a channel's unconfirmed messages.
ALTER TABLE channels ADD COLUMN evidence_minutes BIGINT NOT NULL DEFAULT 15;

-- The processes that take webhooks, and when one may have missed something.
CREATE TABLE listeners (
  id         TEXT PRIMARY KEY,
  since      BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  stopped    BOOLEAN NOT NULL,
  gap_at     BIGINT NOT NULL,
  gap_reason TEXT NOT NULL
);

-- What each of them heard on a channel: its last gap, and the newest messages that were reported as sent.
CREATE TABLE listened (
  channel_id  TEXT NOT NULL,
  listener_id TEXT NOT NULL,
  tenant_id   TEXT NOT NULL,
  gap_at      BIGINT NOT NULL,
  gap_reason  TEXT NOT NULL,
  confirmed   TEXT NOT NULL,
  PRIMARY KEY (channel_id, listener_id)
);
CREATE INDEX listened_listener ON listened (listener_id);

-- Of an unconfirmed message due_at is from now on when evidence is weighed; 0 leaves it to the team.
UPDATE outbox SET due_at = 0 WHERE state = 'unconfirmed';
CREATE INDEX outbox_evidence ON outbox (due_at) WHERE state = 'unconfirmed' AND due_at > 0;
