-- +goose Up
-- What the provider last said of a template besides its status, and why it was refused or paused.
ALTER TABLE templates ADD COLUMN quality TEXT NOT NULL DEFAULT '';
ALTER TABLE templates ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- What the provider last said of a number. throughput is in messages a second; 0 = not said yet.
ALTER TABLE channels ADD COLUMN quality TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN number_status TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN tier TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN throughput BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN verified_name TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN name_status TEXT NOT NULL DEFAULT '';
-- When the number was last asked about, when its templates were last read, and when they are wanted again (0: not).
ALTER TABLE channels ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN synced_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN sync_due_at BIGINT NOT NULL DEFAULT 0;
-- When the last good webhook of this channel came, and how many came with a wrong signature since then.
ALTER TABLE channels ADD COLUMN heard_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN forged BIGINT NOT NULL DEFAULT 0;
