ALTER TABLE usage_sessions MODIFY ORDER BY (day, keep_days, at, organisation, team, user, project, tool, session, upstream, model, outcome);

ALTER TABLE usage_sessions DROP COLUMN IF EXISTS key SETTINGS mutations_sync = 2;

ALTER TABLE usage_events DROP COLUMN IF EXISTS key SETTINGS mutations_sync = 2;
