-- +goose Up
-- The same as PostgreSQL's 0012, in SQLite's words; the remarks are there.
ALTER TABLE rejected ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX rejected_once ON rejected (channel_id, digest) WHERE digest <> '';

ALTER TABLE messages ADD COLUMN revoked_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE revocations (
  channel_id  TEXT NOT NULL,
  external_id TEXT NOT NULL,
  direction   TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (channel_id, external_id, direction)
);

-- +goose StatementBegin
CREATE TRIGGER contacts_came_back AFTER UPDATE OF opt_out ON contacts
WHEN OLD.opt_out <> '' AND NEW.opt_out = ''
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.id, 'optin', NEW.id,
    NEW.opt_out_at,
    json_object('scope', OLD.opt_out),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('optin', '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

DROP TRIGGER inbox_told;

-- +goose StatementBegin
CREATE TRIGGER inbox_told AFTER INSERT ON inbox
WHEN NEW.name IN ('command.unknown', 'command.refused', 'contact.merged')
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, NEW.name, NEW.id,
    0,
    NEW.body,
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (NEW.name, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd
