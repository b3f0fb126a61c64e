-- +goose Up
-- When somebody asked that the person be forgotten: what is left of them is a row without anything of them, so that counts and
-- the history of follow-ups stay whole. 0: nobody did.
ALTER TABLE contacts ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;

-- Why a message has no content any more: 'retention' (it was kept as long as the tenant wanted) or 'erased' (its person was;
-- then it has no id of the provider's either, and nothing that the provider still tells of it is taken). Empty: it has.
ALTER TABLE messages ADD COLUMN removal TEXT NOT NULL DEFAULT '';

-- Erasures that are under way. marks is by what the person is found in what others wrote down, encrypted; the row goes with
-- the last look, which comes after due_at.
CREATE TABLE erasures (
  contact_id TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  marks      TEXT NOT NULL,
  begun_at   BIGINT NOT NULL,
  due_at     BIGINT NOT NULL
);
CREATE INDEX erasures_due ON erasures (due_at);

-- That somebody who was erased had refused messages: by a keyed digest of what they were known by, which tells nobody who it was.
CREATE TABLE refusals (
  tenant_id  TEXT NOT NULL,
  digest     TEXT NOT NULL,
  opt_out    TEXT NOT NULL,
  opt_out_at BIGINT NOT NULL,
  limits     TEXT NOT NULL,
  PRIMARY KEY (tenant_id, digest)
);

-- Events of erased people, by a keyed digest of the provider's ids: a webhook that is repeated is known for as long as one can be.
CREATE TABLE erased_events (
  channel_id TEXT NOT NULL,
  digest     TEXT NOT NULL,
  erased_at  BIGINT NOT NULL,
  PRIMARY KEY (channel_id, digest)
);
CREATE INDEX erased_events_age ON erased_events (erased_at);
