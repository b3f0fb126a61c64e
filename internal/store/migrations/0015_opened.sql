-- +goose Up
-- When the customer last wrote what opens the window, if their last message did not: 0 = it did, 1 = nothing ever did.
ALTER TABLE conversations ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
