-- Calls have their first prices again.
INSERT INTO writes (day, begun, ended) SELECT DISTINCT day, 1, 1 FROM usage_events WHERE correction != '';

ALTER TABLE usage_events DELETE WHERE correction != '' SETTINGS mutations_sync = 2;

ALTER TABLE usage_events DROP COLUMN IF EXISTS correction SETTINGS mutations_sync = 2;
