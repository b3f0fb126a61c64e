-- +goose Up
CREATE TABLE assistants (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,
  api_key    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL
);
CREATE INDEX assistants_tenant ON assistants (tenant_id, id) WHERE deleted_at = 0;

-- What an assistant used in one local day of its tenant; spend in millionths of the tenant's currency.
CREATE TABLE ai_usage (
  tenant_id     TEXT NOT NULL,
  assistant_id  TEXT NOT NULL,
  day           TEXT NOT NULL,
  calls         BIGINT NOT NULL,
  input_tokens  BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  spend         BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, assistant_id, day)
);

-- What was said between a platform's customers and an assistant, where the platform itself carries the messages.
CREATE TABLE assistant_memory (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  assistant_id    TEXT NOT NULL,
  role            TEXT NOT NULL,
  text            TEXT NOT NULL,
  created_at      BIGINT NOT NULL
);
CREATE INDEX assistant_memory_talk ON assistant_memory (conversation_id, assistant_id, id);
