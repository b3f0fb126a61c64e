-- +goose Up
-- What could not be read is kept once, however often the provider repeats it: the digest is of its bytes.
ALTER TABLE rejected ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX rejected_once ON rejected (channel_id, digest) WHERE digest <> '';

-- When its writer deleted a message for everyone: it is not shown any more.
ALTER TABLE messages ADD COLUMN revoked_at BIGINT NOT NULL DEFAULT 0;

-- Deletions of messages that had not come yet.
CREATE TABLE revocations (
  channel_id  TEXT NOT NULL,
  external_id TEXT NOT NULL,
  direction   TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (channel_id, external_id, direction)
);

-- Whoever refused messages and takes that back is told of as optin; what a flow's command was refused for as command.refused.
-- +goose StatementBegin
CREATE FUNCTION announce_optin() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.id, 'optin', NEW.id, NEW.opt_out_at, json_build_object('scope', OLD.opt_out)::text, string_agg(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('optin', '*') GROUP BY tenant_id;
  RETURN NULL;
END
$body$;
-- +goose StatementEnd

CREATE TRIGGER contacts_came_back AFTER UPDATE OF opt_out ON contacts FOR EACH ROW
  WHEN (OLD.opt_out <> '' AND NEW.opt_out = '') EXECUTE FUNCTION announce_optin();

DROP TRIGGER inbox_told ON inbox;
CREATE TRIGGER inbox_told AFTER INSERT ON inbox FOR EACH ROW WHEN (NEW.name IN ('command.unknown', 'command.refused', 'contact.merged'))
  EXECUTE FUNCTION announce_mail();
