-- +goose Up
-- The same as PostgreSQL's 0002, in SQLite's words; the remarks are there.
ALTER TABLE followups ADD COLUMN listed_at BIGINT GENERATED ALWAYS AS (
  CASE state WHEN 'PENDING' THEN due_at WHEN 'SENT' THEN sent_at WHEN 'FAILED' THEN failed_at ELSE cancelled_at END) VIRTUAL;
ALTER TABLE followups ADD COLUMN hidden BOOLEAN NOT NULL DEFAULT FALSE;

DROP INDEX followups_pending;
DROP INDEX followups_history;
DROP INDEX followups_conversation;
DROP INDEX followups_flow;
CREATE INDEX followups_listed ON followups (tenant_id, state, listed_at, id);
CREATE INDEX followups_flow ON followups (flow_id, state, listed_at, id);
CREATE INDEX followups_conversation ON followups (conversation_id, state, listed_at);
CREATE INDEX followups_contact ON followups (contact_id);

CREATE TABLE tally_deltas (
  id          INTEGER PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  flow_id     TEXT NOT NULL,
  slot        BIGINT NOT NULL,
  pending     BIGINT NOT NULL,
  sent        BIGINT NOT NULL,
  responded   BIGINT NOT NULL,
  response_ms BIGINT NOT NULL,
  failed      BIGINT NOT NULL,
  cancelled   BIGINT NOT NULL
);

CREATE TABLE tally_totals (
  tenant_id   TEXT NOT NULL,
  grain       TEXT NOT NULL,
  slot        BIGINT NOT NULL,
  flow_id     TEXT NOT NULL,
  pending     BIGINT NOT NULL,
  sent        BIGINT NOT NULL,
  responded   BIGINT NOT NULL,
  response_ms BIGINT NOT NULL,
  failed      BIGINT NOT NULL,
  cancelled   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, grain, slot, flow_id)
) WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER followups_counted AFTER INSERT ON followups BEGIN
  INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
  VALUES (NEW.tenant_id, NEW.flow_id, CASE NEW.state WHEN 'PENDING' THEN -1 ELSE NEW.listed_at / 900000 END,
    NEW.state = 'PENDING', NEW.state = 'SENT', NEW.state = 'SENT' AND NEW.responded_at > 0,
    CASE WHEN NEW.state = 'SENT' AND NEW.responded_at > 0 THEN NEW.responded_at - NEW.sent_at ELSE 0 END,
    NEW.state = 'FAILED', NEW.state IN ('CANCELLED', 'RESPONDED'));
END;
-- +goose StatementEnd

-- Both in one quarter, or one of them in none: one row with the difference.
-- +goose StatementBegin
CREATE TRIGGER followups_recounted AFTER UPDATE OF state, sent_at, responded_at, failed_at, cancelled_at ON followups
WHEN (OLD.state <> NEW.state OR OLD.responded_at <> NEW.responded_at OR OLD.listed_at <> NEW.listed_at)
  AND (OLD.state = 'PENDING' OR NEW.state = 'PENDING' OR OLD.listed_at / 900000 = NEW.listed_at / 900000)
  AND NOT (OLD.state = 'PENDING' AND NEW.state = 'PENDING')
BEGIN
  INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
  VALUES (NEW.tenant_id, NEW.flow_id, CASE NEW.state WHEN 'PENDING' THEN OLD.listed_at ELSE NEW.listed_at END / 900000,
    (NEW.state = 'PENDING') - (OLD.state = 'PENDING'), (NEW.state = 'SENT') - (OLD.state = 'SENT'),
    (NEW.state = 'SENT' AND NEW.responded_at > 0) - (OLD.state = 'SENT' AND OLD.responded_at > 0),
    CASE WHEN NEW.state = 'SENT' AND NEW.responded_at > 0 THEN NEW.responded_at - NEW.sent_at ELSE 0 END
      - CASE WHEN OLD.state = 'SENT' AND OLD.responded_at > 0 THEN OLD.responded_at - OLD.sent_at ELSE 0 END,
    (NEW.state = 'FAILED') - (OLD.state = 'FAILED'),
    (NEW.state IN ('CANCELLED', 'RESPONDED')) - (OLD.state IN ('CANCELLED', 'RESPONDED')));
END;
-- +goose StatementEnd

-- Two quarters: the old contribution is taken from its own.
-- +goose StatementBegin
CREATE TRIGGER followups_moved AFTER UPDATE OF state, sent_at, responded_at, failed_at, cancelled_at ON followups
WHEN OLD.state <> 'PENDING' AND NEW.state <> 'PENDING' AND OLD.listed_at / 900000 <> NEW.listed_at / 900000
BEGIN
  INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
  VALUES (OLD.tenant_id, OLD.flow_id, OLD.listed_at / 900000, 0, -(OLD.state = 'SENT'), -(OLD.state = 'SENT' AND OLD.responded_at > 0),
      -CASE WHEN OLD.state = 'SENT' AND OLD.responded_at > 0 THEN OLD.responded_at - OLD.sent_at ELSE 0 END,
      -(OLD.state = 'FAILED'), -(OLD.state IN ('CANCELLED', 'RESPONDED'))),
    (NEW.tenant_id, NEW.flow_id, NEW.listed_at / 900000, 0, NEW.state = 'SENT', NEW.state = 'SENT' AND NEW.responded_at > 0,
      CASE WHEN NEW.state = 'SENT' AND NEW.responded_at > 0 THEN NEW.responded_at - NEW.sent_at ELSE 0 END,
      NEW.state = 'FAILED', NEW.state IN ('CANCELLED', 'RESPONDED'));
END;
-- +goose StatementEnd

-- What was there before is counted once, for each grain.
INSERT INTO tally_totals
WITH counted AS (
  SELECT tenant_id, flow_id, CASE state WHEN 'PENDING' THEN -1 ELSE listed_at / 900000 END AS slot,
    COUNT(CASE WHEN state = 'PENDING' THEN 1 END) AS pending, COUNT(CASE WHEN state = 'SENT' THEN 1 END) AS sent,
    COUNT(CASE WHEN state = 'SENT' AND responded_at > 0 THEN 1 END) AS responded,
    CAST(COALESCE(SUM(CASE WHEN state = 'SENT' AND responded_at > 0 THEN responded_at - sent_at END), 0) AS BIGINT) AS response_ms,
    COUNT(CASE WHEN state = 'FAILED' THEN 1 END) AS failed, COUNT(CASE WHEN state IN ('CANCELLED', 'RESPONDED') THEN 1 END) AS cancelled
  FROM followups GROUP BY 1, 2, 3)
SELECT tenant_id, grain, slot, flow_id, SUM(pending), SUM(sent), SUM(responded), SUM(response_ms), SUM(failed), SUM(cancelled) FROM (
  SELECT tenant_id, 'flow' AS grain, 0 AS slot, flow_id, pending, sent, responded, response_ms, failed, cancelled FROM counted
  UNION ALL SELECT tenant_id, 'flow-day', slot / 96, flow_id, 0, sent, responded, response_ms, failed, cancelled FROM counted WHERE slot >= 0
  UNION ALL SELECT tenant_id, 'flow-quarter', slot, flow_id, 0, sent, responded, response_ms, failed, cancelled FROM counted WHERE slot >= 0
  UNION ALL SELECT tenant_id, 'quarter', slot, '', 0, sent, responded, response_ms, failed, cancelled FROM counted WHERE slot >= 0
) AS spread GROUP BY tenant_id, grain, slot, flow_id;
