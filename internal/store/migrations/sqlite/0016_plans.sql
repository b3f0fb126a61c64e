-- +goose Up
-- The conditions say which questions may use these indexes (PostgreSQL would read them whole for others).
DROP INDEX inbox_forgotten;
CREATE INDEX inbox_forgotten ON inbox (received_at) WHERE state = 'new' AND received_at > 0;
DROP INDEX runs_stop;
CREATE INDEX runs_stop ON runs (flow_id, contact_id) WHERE state = 'waiting' AND flow_id <> '';
DROP INDEX outbox_claimed;
CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE state = 'sending' AND claimed_at > 0;
