-- +goose Up
-- What refusals taught about a contact (JSON; empty: nothing): until when it gets no marketing, how often it could not be reached.
ALTER TABLE contacts ADD COLUMN limits TEXT NOT NULL DEFAULT '';

-- The same about a channel: why it is offline and who may bring it back, until when it sends no marketing, which countries refuse it.
ALTER TABLE channels ADD COLUMN limits TEXT NOT NULL DEFAULT '';

-- A template that the provider refused rests until then (0: it does not), and the provider's code that said so.
ALTER TABLE templates ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE templates ADD COLUMN held_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE templates ADD COLUMN held_number TEXT NOT NULL DEFAULT '';

-- How often in a row the provider said that messages to this contact on this channel came too fast.
ALTER TABLE conversations ADD COLUMN pair_refusals BIGINT NOT NULL DEFAULT 0;

-- The message in whose place this one went (the one template after a closed window), and when a message that begins a talk
-- was claimed: the provider counts the people whom those reach within 24 h.
ALTER TABLE messages ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN initiated_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_initiated ON messages (channel_id, initiated_at) WHERE initiated_at > 0;

-- What refusals said about a channel, its account or a template, and is still to be written down there: work on a contact
-- shares the tenant's gate, and such a change takes it alone.
CREATE TABLE troubles (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
