-- The key that a call showed: told apart where sessions are, which mostly have one.
ALTER TABLE usage_events ADD COLUMN IF NOT EXISTS key LowCardinality(String) CODEC(ZSTD(1));

ALTER TABLE usage_sessions
    ADD COLUMN IF NOT EXISTS key LowCardinality(String) CODEC(ZSTD(1)) AFTER user,
    MODIFY ORDER BY (day, keep_days, at, organisation, team, user, project, tool, session, upstream, model, outcome, key);
