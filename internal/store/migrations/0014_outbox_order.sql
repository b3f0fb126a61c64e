-- +goose Up
-- A message's place among those that wait for its contact: ids order nothing that was asked for within one millisecond.
ALTER TABLE outbox ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_contact;
CREATE INDEX outbox_contact ON outbox (contact_id, position, id);
