-- +goose Up
-- PostgreSQL keeps plans that it made while tables were small, and to read a small partial index whole looks cheap then. What
-- only some questions may use says so in its condition: a question that does not repeat it never reads it.
DROP INDEX inbox_forgotten;
CREATE INDEX inbox_forgotten ON inbox (received_at) WHERE state = 'new' AND received_at > 0;
DROP INDEX runs_stop;
CREATE INDEX runs_stop ON runs (flow_id, contact_id) WHERE state = 'waiting' AND flow_id <> '';
DROP INDEX outbox_claimed;
CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE state = 'sending' AND claimed_at > 0;

-- Rows that are changed with every message stay on their page, and then none of their indexes is touched.
ALTER TABLE conversations SET (fillfactor = 60);
ALTER TABLE mailbox SET (fillfactor = 60);
