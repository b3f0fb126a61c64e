-- +goose Up
-- What providers told about templates, numbers and accounts, as it came: once each (the same news comes again and again),
-- for people to look at.
CREATE TABLE news (
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  field       TEXT NOT NULL,
  digest      TEXT NOT NULL,
  text        TEXT NOT NULL,
  body        TEXT NOT NULL,
  at          BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  UNIQUE (channel_id, digest)
);
CREATE INDEX news_channel ON news (tenant_id, channel_id, id);

-- How old the newest news is that each part of a channel knows: what is older comes too late.
CREATE TABLE news_known (
  channel_id TEXT NOT NULL,
  part       TEXT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (channel_id, part)
);

-- A time in which the provider refuses messages of a number; with answers, only those that begin a talk.
ALTER TABLE channels ADD COLUMN restricted_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN restricted_answers BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE channels ADD COLUMN restricted_reason TEXT NOT NULL DEFAULT '';
