-- +goose Up
-- When a document was turned on last: what happened before that starts nothing.
ALTER TABLE documents ADD COLUMN activated_at BIGINT NOT NULL DEFAULT 0;

-- The flows (their ids, separated by commas) whose follow-ups went out since the customer wrote last: their attempts begin
-- anew only after an answer.
ALTER TABLE conversations ADD COLUMN unanswered TEXT NOT NULL DEFAULT '';

-- Turning a flow off walks its waiting runs in order of contact.
CREATE INDEX runs_stop ON runs (flow_id, contact_id) WHERE state = 'waiting';
