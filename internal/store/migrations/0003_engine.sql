-- +goose Up
-- The mailbox number of the customer's last message: who spoke last is told by our own numbering, not by clocks.
ALTER TABLE conversations ADD COLUMN customer_number BIGINT NOT NULL DEFAULT 0;

-- The last automatic message to a contact, and how many there were on its local day (settings.automatic).
ALTER TABLE contacts ADD COLUMN automatic_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN automatic_id TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN automatic_day TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN automatic_count BIGINT NOT NULL DEFAULT 0;

-- Messages that an assistant is writing: found again if the process dies over it.
CREATE INDEX outbox_writing ON outbox (claimed_at) WHERE state = 'writing';
