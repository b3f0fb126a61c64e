-- +goose Up
-- Files that a tenant keeps: its own uploads, and what customers sent. Their bytes are in the blob store.
CREATE TABLE media (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  state      TEXT NOT NULL,
  mime       TEXT NOT NULL,
  size       BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  file_name  TEXT NOT NULL,
  source     TEXT NOT NULL,
  problem    TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  tries      BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  kept_at    BIGINT NOT NULL
);
CREATE INDEX media_tenant ON media (tenant_id, id);
CREATE INDEX media_due ON media (due_at) WHERE state = 'fetching';
CREATE INDEX media_message ON media (message_id) WHERE message_id <> '';
CREATE INDEX media_blob ON media (tenant_id, sha256);
-- The same bytes uploaded again are the same file.
CREATE UNIQUE INDEX media_once ON media (tenant_id, sha256, kind) WHERE message_id = '';

-- What the blob store holds. A row is written before the bytes are ("loose"), belongs to a file ("kept"), and goes after the
-- bytes are gone ("purging").
CREATE TABLE blobs (
  tenant_id TEXT NOT NULL,
  sha256    TEXT NOT NULL,
  size      BIGINT NOT NULL,
  state     TEXT NOT NULL,
  used_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, sha256)
);
CREATE INDEX blobs_loose ON blobs (used_at) WHERE state <> 'kept';

-- What a channel's provider calls a file of ours that it has taken, and until when it keeps it.
CREATE TABLE media_uploads (
  channel_id  TEXT NOT NULL,
  media_id    TEXT NOT NULL,
  tenant_id   TEXT NOT NULL,
  external_id TEXT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (channel_id, media_id)
);
CREATE INDEX media_uploads_media ON media_uploads (media_id);
