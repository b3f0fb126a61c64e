-- +goose Up
-- Lists are ordered by it: the due time while a follow-up waits, else the moment at which it ended.
ALTER TABLE followups ADD COLUMN listed_at BIGINT NOT NULL GENERATED ALWAYS AS (
  CASE state WHEN 'PENDING' THEN due_at WHEN 'SENT' THEN sent_at WHEN 'FAILED' THEN failed_at ELSE cancelled_at END) STORED;
-- Somebody took it out of the queue: it is counted, but no longer shown.
ALTER TABLE followups ADD COLUMN hidden BOOLEAN NOT NULL DEFAULT FALSE;

DROP INDEX followups_pending;
DROP INDEX followups_history;
DROP INDEX followups_conversation;
DROP INDEX followups_flow;
CREATE INDEX followups_listed ON followups (tenant_id, state, listed_at, id);
CREATE INDEX followups_flow ON followups (flow_id, state, listed_at, id);
CREATE INDEX followups_conversation ON followups (conversation_id, state, listed_at);
CREATE INDEX followups_contact ON followups (contact_id);

-- What changed in the numbers of a flow's follow-ups, one row for each change, until it is folded into the totals. Rows are
-- only added and taken away, so that no two sends wait for each other. slot is a quarter of an hour, counted from 1970;
-- -1 where a change belongs to no moment, because the follow-up waits.
CREATE TABLE tally_deltas (
  id          BIGINT GENERATED ALWAYS AS IDENTITY,
  tenant_id   TEXT NOT NULL,
  flow_id     TEXT NOT NULL,
  slot        BIGINT NOT NULL,
  pending     BIGINT NOT NULL,
  sent        BIGINT NOT NULL,
  responded   BIGINT NOT NULL,
  response_ms BIGINT NOT NULL,
  failed      BIGINT NOT NULL,
  cancelled   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 50000);

-- The sums of what was folded. grain is what slot counts: 'flow' all of a flow's time (slot 0), 'flow-day' and
-- 'flow-quarter' its days of UTC and its quarters of an hour, 'quarter' those of the whole tenant (flow_id is empty).
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
) WITH (fillfactor = 85);

-- +goose StatementBegin
CREATE FUNCTION tally_new_followup() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
  VALUES (NEW.tenant_id, NEW.flow_id, CASE NEW.state WHEN 'PENDING' THEN -1 ELSE NEW.listed_at / 900000 END,
    (NEW.state = 'PENDING')::int, (NEW.state = 'SENT')::int, (NEW.state = 'SENT' AND NEW.responded_at > 0)::int,
    CASE WHEN NEW.state = 'SENT' AND NEW.responded_at > 0 THEN NEW.responded_at - NEW.sent_at ELSE 0 END,
    (NEW.state = 'FAILED')::int, (NEW.state IN ('CANCELLED', 'RESPONDED'))::int);
  RETURN NULL;
END
$body$;
-- +goose StatementEnd

-- The new contribution less the old one: one row, or two where they belong to two quarters.
-- +goose StatementBegin
CREATE FUNCTION tally_changed_followup() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  slot_was BIGINT := CASE OLD.state WHEN 'PENDING' THEN -1 ELSE OLD.listed_at / 900000 END;
  slot_is BIGINT := CASE NEW.state WHEN 'PENDING' THEN -1 ELSE NEW.listed_at / 900000 END;
  sent_was INT := (OLD.state = 'SENT')::int;
  answered_was INT := (OLD.state = 'SENT' AND OLD.responded_at > 0)::int;
  response_was BIGINT := CASE answered_was WHEN 1 THEN OLD.responded_at - OLD.sent_at ELSE 0 END;
  failed_was INT := (OLD.state = 'FAILED')::int;
  cancelled_was INT := (OLD.state IN ('CANCELLED', 'RESPONDED'))::int;
  sent_is INT := (NEW.state = 'SENT')::int;
  answered_is INT := (NEW.state = 'SENT' AND NEW.responded_at > 0)::int;
  response_is BIGINT := CASE answered_is WHEN 1 THEN NEW.responded_at - NEW.sent_at ELSE 0 END;
  failed_is INT := (NEW.state = 'FAILED')::int;
  cancelled_is INT := (NEW.state IN ('CANCELLED', 'RESPONDED'))::int;
BEGIN
  IF slot_was < 0 OR slot_is < 0 OR slot_was = slot_is THEN
    INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
    VALUES (NEW.tenant_id, NEW.flow_id, GREATEST(slot_was, slot_is), (slot_is < 0)::int - (slot_was < 0)::int, sent_is - sent_was,
      answered_is - answered_was, response_is - response_was, failed_is - failed_was, cancelled_is - cancelled_was);
  ELSE
    INSERT INTO tally_deltas (tenant_id, flow_id, slot, pending, sent, responded, response_ms, failed, cancelled)
    VALUES (NEW.tenant_id, NEW.flow_id, slot_was, 0, -sent_was, -answered_was, -response_was, -failed_was, -cancelled_was),
      (NEW.tenant_id, NEW.flow_id, slot_is, 0, sent_is, answered_is, response_is, failed_is, cancelled_is);
  END IF;
  RETURN NULL;
END
$body$;
-- +goose StatementEnd

CREATE TRIGGER followups_counted AFTER INSERT ON followups FOR EACH ROW EXECUTE FUNCTION tally_new_followup();
CREATE TRIGGER followups_recounted AFTER UPDATE OF state, sent_at, responded_at, failed_at, cancelled_at ON followups FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR OLD.responded_at <> NEW.responded_at OR NEW.state <> 'PENDING' AND OLD.listed_at <> NEW.listed_at)
  EXECUTE FUNCTION tally_changed_followup();

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
