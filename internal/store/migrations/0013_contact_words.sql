-- +goose Up
-- What a contact wrote that holds a command or a part of one, once each: it is remembered far longer than ordinary talk, so
-- that no amount of talk makes it forgotten. id tells the order of what came in one millisecond.
CREATE TABLE contact_words (
  contact_id TEXT NOT NULL,
  digest     TEXT NOT NULL,
  tenant_id  TEXT NOT NULL,
  id         TEXT NOT NULL,
  said       TEXT NOT NULL,
  size       BIGINT NOT NULL,
  said_at    BIGINT NOT NULL,
  PRIMARY KEY (contact_id, digest)
);
