-- +goose Up
CREATE TABLE installation (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE tenants (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  settings   TEXT NOT NULL,
  revision   BIGINT NOT NULL,
  paused_at  BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- The small numbers that the specs give to contacts, conversations and models.
CREATE TABLE counters (
  tenant_id TEXT NOT NULL,
  kind      TEXT NOT NULL,
  value     BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind)
);

CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  role       TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  installer  BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id);

CREATE TABLE idempotency (
  tenant_id  TEXT NOT NULL,
  key        TEXT NOT NULL,
  request    TEXT NOT NULL,
  status     BIGINT NOT NULL,
  answer     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE channels (
  id             TEXT PRIMARY KEY,
  tenant_id      TEXT NOT NULL,
  name           TEXT NOT NULL,
  provider       TEXT NOT NULL,
  phone          TEXT NOT NULL,
  account        TEXT NOT NULL,
  token          TEXT NOT NULL UNIQUE,
  config         TEXT NOT NULL,
  secrets        TEXT NOT NULL,
  online         BOOLEAN NOT NULL,
  offline_reason TEXT NOT NULL,
  paused_at      BIGINT NOT NULL,
  allow_list     TEXT NOT NULL,
  per_second     BIGINT NOT NULL,
  pair_seconds   BIGINT NOT NULL,
  timezone       TEXT NOT NULL,
  on_unconfirmed TEXT NOT NULL,
  created_at     BIGINT NOT NULL,
  deleted_at     BIGINT NOT NULL
);
CREATE INDEX channels_tenant ON channels (tenant_id);
CREATE UNIQUE INDEX channels_account ON channels (tenant_id, provider, account) WHERE deleted_at = 0;

CREATE TABLE templates (
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  external_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  language    TEXT NOT NULL,
  category    TEXT NOT NULL,
  status      TEXT NOT NULL,
  body        TEXT NOT NULL,
  synced_at   BIGINT NOT NULL,
  UNIQUE (channel_id, name, language)
);
CREATE INDEX templates_tenant ON templates (tenant_id);

CREATE TABLE contacts (
  id               TEXT PRIMARY KEY,
  tenant_id        TEXT NOT NULL,
  number           BIGINT NOT NULL,
  name             TEXT NOT NULL,
  phone            TEXT NOT NULL,
  route            TEXT NOT NULL,
  timezone         TEXT NOT NULL,
  tags             TEXT NOT NULL,
  stage            TEXT NOT NULL,
  status           TEXT NOT NULL,
  fields           TEXT NOT NULL,
  opt_out          TEXT NOT NULL,
  opt_out_at       BIGINT NOT NULL,
  last_followup_id TEXT NOT NULL,
  last_followup_at BIGINT NOT NULL,
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_number ON contacts (tenant_id, number);

CREATE TABLE contact_keys (
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind, value)
);
CREATE INDEX contact_keys_contact ON contact_keys (contact_id);

-- One narrow row per contact: the reply fence (see docs on sending).
CREATE TABLE mailbox (
  contact_id TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  received   BIGINT NOT NULL,
  processed  BIGINT NOT NULL,
  rev        BIGINT NOT NULL
);

CREATE TABLE conversations (
  id               TEXT PRIMARY KEY,
  tenant_id        TEXT NOT NULL,
  number           BIGINT NOT NULL,
  contact_id       TEXT NOT NULL,
  channel_id       TEXT NOT NULL,
  team_id          TEXT NOT NULL,
  customer_at      BIGINT NOT NULL,
  window_closed_at BIGINT NOT NULL,
  outbound_at      BIGINT NOT NULL,
  agent_at         BIGINT NOT NULL,
  held_until       BIGINT NOT NULL,
  created_at       BIGINT NOT NULL,
  UNIQUE (contact_id, channel_id)
);
CREATE UNIQUE INDEX conversations_number ON conversations (tenant_id, number);

CREATE TABLE inbox (
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  contact_id  TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  external_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  number      BIGINT NOT NULL,
  state       TEXT NOT NULL,
  attempts    BIGINT NOT NULL,
  body        TEXT NOT NULL,
  error       TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbox_once ON inbox (channel_id, external_id) WHERE external_id <> '';
CREATE INDEX inbox_new ON inbox (contact_id, number, id) WHERE state = 'new';
CREATE INDEX inbox_forgotten ON inbox (received_at) WHERE state = 'new';

-- Items of webhooks that could not be read: kept as they came, for people to look at.
CREATE TABLE rejected (
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  channel_id  TEXT NOT NULL,
  reason      TEXT NOT NULL,
  raw         TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX rejected_tenant ON rejected (tenant_id, id);

CREATE TABLE messages (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  contact_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  channel_id      TEXT NOT NULL,
  direction       TEXT NOT NULL,
  origin          TEXT NOT NULL,
  external_id     TEXT NOT NULL,
  state           TEXT NOT NULL,
  content         TEXT NOT NULL,
  fallback        TEXT NOT NULL,
  reply_to        TEXT NOT NULL,
  transactional   BOOLEAN NOT NULL,
  run_id          TEXT NOT NULL,
  node_id         TEXT NOT NULL,
  followup_id     TEXT NOT NULL,
  attempts        BIGINT NOT NULL,
  error_code      TEXT NOT NULL,
  error_detail    TEXT NOT NULL,
  category        TEXT NOT NULL,
  best_before     BIGINT NOT NULL,
  claim_number    BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  at              BIGINT NOT NULL,
  sent_at         BIGINT NOT NULL,
  delivered_at    BIGINT NOT NULL,
  read_at         BIGINT NOT NULL,
  failed_at       BIGINT NOT NULL,
  log             TEXT NOT NULL
);
CREATE UNIQUE INDEX messages_external ON messages (channel_id, external_id) WHERE external_id <> '';
CREATE INDEX messages_conversation ON messages (conversation_id, id);
CREATE INDEX messages_doubtful ON messages (tenant_id, id) WHERE state = 'unconfirmed';

CREATE TABLE outbox (
  id           TEXT PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  channel_id   TEXT NOT NULL,
  ordering_key TEXT NOT NULL,
  action       TEXT NOT NULL,
  state        TEXT NOT NULL,
  due_at       BIGINT NOT NULL,
  claimed_at   BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  waits        BOOLEAN NOT NULL,
  armed        BIGINT NOT NULL
);
CREATE INDEX outbox_contact ON outbox (contact_id, id);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'pending';
CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE state = 'sending';
CREATE INDEX outbox_unarmed ON outbox (due_at) WHERE state = 'pending' AND armed = 0;

CREATE TABLE documents (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  number     BIGINT NOT NULL,
  key        TEXT NOT NULL,
  name       TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  active     BOOLEAN NOT NULL,
  version    BIGINT NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL,
  UNIQUE (tenant_id, kind, number)
);
CREATE UNIQUE INDEX documents_key ON documents (tenant_id, kind, key) WHERE key <> '' AND deleted_at = 0;

CREATE TABLE document_versions (
  tenant_id   TEXT NOT NULL,
  document_id TEXT NOT NULL,
  version     BIGINT NOT NULL,
  body        TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (document_id, version)
);

CREATE TABLE runs (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  flow_id         TEXT NOT NULL,
  version         BIGINT NOT NULL,
  contact_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  channel_id      TEXT NOT NULL,
  run_group       TEXT NOT NULL,
  state           TEXT NOT NULL,
  reason          TEXT NOT NULL,
  node            TEXT NOT NULL,
  body            TEXT NOT NULL,
  followup_id     TEXT NOT NULL,
  wake_at         BIGINT NOT NULL,
  wake_token      BIGINT NOT NULL,
  armed           BIGINT NOT NULL,
  refresh         BIGINT NOT NULL,
  started_at      BIGINT NOT NULL,
  ended_at        BIGINT NOT NULL,
  log             TEXT NOT NULL
);
CREATE INDEX runs_refresh ON runs (flow_id) WHERE state = 'waiting' AND refresh > 0;
CREATE INDEX runs_contact ON runs (contact_id) WHERE state = 'waiting';
CREATE UNIQUE INDEX runs_group ON runs (contact_id, run_group) WHERE state = 'waiting' AND run_group <> '';
CREATE INDEX runs_flow ON runs (flow_id, state, id);
CREATE INDEX runs_due ON runs (wake_at) WHERE state = 'waiting' AND wake_at > 0;
CREATE INDEX runs_unarmed ON runs (wake_at) WHERE state = 'waiting' AND wake_at > 0 AND armed = 0;

CREATE TABLE followups (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  run_id          TEXT NOT NULL,
  flow_id         TEXT NOT NULL,
  node_id         TEXT NOT NULL,
  contact_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  channel_id      TEXT NOT NULL,
  state           TEXT NOT NULL,
  attempt         BIGINT NOT NULL,
  due_at          BIGINT NOT NULL,
  revision        BIGINT NOT NULL,
  message_id      TEXT NOT NULL,
  sent_at         BIGINT NOT NULL,
  cancelled_at    BIGINT NOT NULL,
  cancel_reason   TEXT NOT NULL,
  responded_at    BIGINT NOT NULL,
  failed_at       BIGINT NOT NULL,
  error_code      TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  log             TEXT NOT NULL
);
CREATE INDEX followups_pending ON followups (tenant_id, due_at, id) WHERE state = 'PENDING';
CREATE INDEX followups_history ON followups (tenant_id, id) WHERE state <> 'PENDING';
CREATE INDEX followups_conversation ON followups (conversation_id, id);
CREATE INDEX followups_flow ON followups (flow_id, state);

CREATE TABLE notifications (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  body       TEXT NOT NULL,
  state      TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  error      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at    BIGINT NOT NULL
);
CREATE INDEX notifications_due ON notifications (due_at) WHERE state = 'pending';
CREATE INDEX notifications_tenant ON notifications (tenant_id, id);
