-- +goose Up
-- The same as PostgreSQL's 0008, in SQLite's words; the remarks are there.

-- Where a tenant's platforms want to be told what happens. secret and former_secret are encrypted.
CREATE TABLE subscriptions (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  url             TEXT NOT NULL,
  description     TEXT NOT NULL,
  events          TEXT NOT NULL,
  secret          TEXT NOT NULL,
  former_secret   TEXT NOT NULL,
  former_until    BIGINT NOT NULL,
  disabled_at     BIGINT NOT NULL,
  disabled_reason TEXT NOT NULL,
  failing_since   BIGINT NOT NULL,
  failures        BIGINT NOT NULL,
  rest_until      BIGINT NOT NULL,
  delivered_at    BIGINT NOT NULL,
  leased_by       TEXT NOT NULL,
  leased_until    BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL
);
CREATE INDEX subscriptions_tenant ON subscriptions (tenant_id, id);

-- Who wants what, without those that are disabled: what the triggers below look at. The event * is every event.
CREATE TABLE subscription_events (
  tenant_id       TEXT NOT NULL,
  event           TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, event, subscription_id)
);

-- What happened and somebody wants to know, as it was at that moment, until it is written out for its subscribers.
CREATE TABLE announcements (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id   TEXT NOT NULL,
  contact_id  TEXT NOT NULL,
  event       TEXT NOT NULL,
  subject_id  TEXT NOT NULL,
  at          BIGINT NOT NULL,
  facts       TEXT NOT NULL,
  subscribers TEXT NOT NULL
);

-- What is told, word for word.
CREATE TABLE outgoing_events (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  event      TEXT NOT NULL,
  sequence   BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX outgoing_events_age ON outgoing_events (created_at);

-- One for each subscriber of an event. since is when it was first to be delivered, or asked for again.
CREATE TABLE deliveries (
  id              TEXT PRIMARY KEY,
  tenant_id       TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  sequence        BIGINT NOT NULL,
  contact_id      TEXT NOT NULL,
  state           TEXT NOT NULL,
  attempts        BIGINT NOT NULL,
  since           BIGINT NOT NULL,
  due_at          BIGINT NOT NULL,
  status          BIGINT NOT NULL,
  error           TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  ended_at        BIGINT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (subscription_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_listed ON deliveries (subscription_id, id);
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_ended ON deliveries (state, ended_at) WHERE state <> 'pending';

-- +goose StatementBegin
CREATE TRIGGER messages_made AFTER INSERT ON messages
WHEN NEW.direction = 'in' AND NEW.origin = 'customer' OR NEW.direction = 'out' AND NEW.state IN ('failed', 'cancelled')
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, CASE NEW.direction WHEN 'in' THEN 'message.received' ELSE 'message.status' END, NEW.id,
    CASE NEW.state WHEN 'accepted' THEN NEW.at WHEN 'received' THEN NEW.at WHEN 'sent' THEN NEW.sent_at WHEN 'delivered' THEN NEW.delivered_at
      WHEN 'read' THEN NEW.read_at WHEN 'played' THEN NEW.read_at WHEN 'failed' THEN NEW.failed_at ELSE 0 END,
    json_object('state', NEW.state, 'externalId', NEW.external_id, 'errorCode', NEW.error_code, 'errorDetail', NEW.error_detail,
      'category', NEW.category),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (CASE NEW.direction WHEN 'in' THEN 'message.received' ELSE 'message.status' END, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER messages_moved AFTER UPDATE OF state ON messages
WHEN OLD.state <> NEW.state AND NEW.direction = 'out' AND NEW.state NOT IN ('queued', 'parked', 'sending')
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, 'message.status', NEW.id,
    CASE NEW.state WHEN 'accepted' THEN NEW.at WHEN 'received' THEN NEW.at WHEN 'sent' THEN NEW.sent_at WHEN 'delivered' THEN NEW.delivered_at
      WHEN 'read' THEN NEW.read_at WHEN 'played' THEN NEW.read_at WHEN 'failed' THEN NEW.failed_at ELSE 0 END,
    json_object('state', NEW.state, 'externalId', NEW.external_id, 'errorCode', NEW.error_code, 'errorDetail', NEW.error_detail,
      'category', NEW.category),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('message.status', '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER conversations_started AFTER UPDATE OF customer_at ON conversations
WHEN OLD.customer_at = 0 AND NEW.customer_at > 0 AND NEW.channel_id <> ''
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, 'conversation.started', NEW.id,
    NEW.customer_at,
    '{}',
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('conversation.started', '*')
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = NEW.id AND m.direction = 'in' AND m.at >= NEW.customer_at)
  GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER followups_made AFTER INSERT ON followups
WHEN TRUE
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, CASE NEW.state WHEN 'PENDING' THEN 'followup.scheduled' ELSE 'followup.' || lower(NEW.state) END, NEW.id,
    CASE NEW.state WHEN 'SENT' THEN NEW.sent_at WHEN 'FAILED' THEN NEW.failed_at WHEN 'CANCELLED' THEN NEW.cancelled_at
      WHEN 'RESPONDED' THEN max(NEW.responded_at, NEW.cancelled_at) ELSE 0 END,
    json_object('state', NEW.state, 'revision', NEW.revision, 'dueAt', NEW.due_at, 'messageId', NEW.message_id, 'sentAt', NEW.sent_at,
      'cancelledAt', NEW.cancelled_at, 'cancelReason', NEW.cancel_reason, 'respondedAt', NEW.responded_at, 'failedAt', NEW.failed_at,
      'errorCode', NEW.error_code),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (CASE NEW.state WHEN 'PENDING' THEN 'followup.scheduled' ELSE 'followup.' || lower(NEW.state) END, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER followups_ended AFTER UPDATE OF state, due_at ON followups
WHEN OLD.state <> NEW.state OR NEW.state = 'PENDING' AND OLD.due_at <> NEW.due_at
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, CASE NEW.state WHEN 'PENDING' THEN 'followup.scheduled' ELSE 'followup.' || lower(NEW.state) END, NEW.id,
    CASE NEW.state WHEN 'SENT' THEN NEW.sent_at WHEN 'FAILED' THEN NEW.failed_at WHEN 'CANCELLED' THEN NEW.cancelled_at
      WHEN 'RESPONDED' THEN max(NEW.responded_at, NEW.cancelled_at) ELSE 0 END,
    json_object('state', NEW.state, 'revision', NEW.revision, 'dueAt', NEW.due_at, 'messageId', NEW.message_id, 'sentAt', NEW.sent_at,
      'cancelledAt', NEW.cancelled_at, 'cancelReason', NEW.cancel_reason, 'respondedAt', NEW.responded_at, 'failedAt', NEW.failed_at,
      'errorCode', NEW.error_code),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (CASE NEW.state WHEN 'PENDING' THEN 'followup.scheduled' ELSE 'followup.' || lower(NEW.state) END, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER followups_answered AFTER UPDATE OF responded_at ON followups
WHEN OLD.state = NEW.state AND NEW.state = 'SENT' AND OLD.responded_at = 0 AND NEW.responded_at > 0
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, 'followup.responded', NEW.id,
    NEW.responded_at,
    json_object('state', NEW.state, 'revision', NEW.revision, 'dueAt', NEW.due_at, 'messageId', NEW.message_id, 'sentAt', NEW.sent_at,
      'cancelledAt', NEW.cancelled_at, 'cancelReason', NEW.cancel_reason, 'respondedAt', NEW.responded_at, 'failedAt', NEW.failed_at,
      'errorCode', NEW.error_code),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('followup.responded', '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER runs_made AFTER INSERT ON runs
WHEN NEW.state <> 'waiting'
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, CASE NEW.state WHEN 'failed' THEN 'run.failed' ELSE 'run.finished' END, NEW.id,
    NEW.ended_at,
    json_object('state', NEW.state, 'reason', NEW.reason),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (CASE NEW.state WHEN 'failed' THEN 'run.failed' ELSE 'run.finished' END, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER runs_ended AFTER UPDATE OF state ON runs
WHEN OLD.state <> NEW.state AND NEW.state <> 'waiting'
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, CASE NEW.state WHEN 'failed' THEN 'run.failed' ELSE 'run.finished' END, NEW.id,
    NEW.ended_at,
    json_object('state', NEW.state, 'reason', NEW.reason),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (CASE NEW.state WHEN 'failed' THEN 'run.failed' ELSE 'run.finished' END, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER contacts_refused AFTER UPDATE OF opt_out ON contacts
WHEN OLD.opt_out <> NEW.opt_out AND NEW.opt_out <> ''
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.id, 'optout', NEW.id,
    NEW.opt_out_at,
    json_object('scope', NEW.opt_out),
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN ('optout', '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER inbox_told AFTER INSERT ON inbox
WHEN NEW.name IN ('command.unknown', 'contact.merged')
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, NEW.contact_id, NEW.name, NEW.id,
    0,
    NEW.body,
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (NEW.name, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER notifications_told AFTER INSERT ON notifications
WHEN NEW.kind IN ('sender.offline', 'template.paused')
BEGIN
  INSERT INTO announcements (tenant_id, contact_id, event, subject_id, at, facts, subscribers)
  SELECT NEW.tenant_id, '', NEW.kind, NEW.id,
    NEW.created_at,
    NEW.body,
    group_concat(subscription_id, ',')
  FROM subscription_events WHERE tenant_id = NEW.tenant_id AND event IN (NEW.kind, '*') GROUP BY tenant_id;
END;
-- +goose StatementEnd

