-- Times are seconds since the epoch, days are days since it, money is micro-cents (1e-8 US dollars).
-- keep_days: after so many a tenant's partitions go; 0: never. They are parted by it, so that what
-- goes is whole partitions.

-- Each call once: a duplicate that two writers make at a time is one of the same key, and is not
-- seen (FINAL) until a merge takes it away.
CREATE TABLE IF NOT EXISTS usage_events (
    id String CODEC(ZSTD(3)),
    at Float64 CODEC(ZSTD(3)),
    tool LowCardinality(String),
    session String CODEC(ZSTD(3)),
    project LowCardinality(String),
    local UInt8 CODEC(ZSTD(1)),
    protocol LowCardinality(String),
    upstream LowCardinality(String),
    model LowCardinality(String),
    status UInt16 CODEC(ZSTD(1)),
    outcome LowCardinality(String),
    why String CODEC(ZSTD(3)),
    direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    input Nullable(UInt64) CODEC(T64, ZSTD(1)),
    cache_read Nullable(UInt64) CODEC(T64, ZSTD(1)),
    cache_write Nullable(UInt64) CODEC(T64, ZSTD(1)),
    cache_write_1h Nullable(UInt64) CODEC(T64, ZSTD(1)),
    output Nullable(UInt64) CODEC(T64, ZSTD(1)),
    predicted_read UInt64 CODEC(T64, ZSTD(1)),
    cost Nullable(Int64) CODEC(T64, ZSTD(1)),
    direct_cost Nullable(Int64) CODEC(T64, ZSTD(1)),
    added_us Int64 CODEC(T64, ZSTD(1)),
    first_us Int64 CODEC(T64, ZSTD(1)),
    total_us Int64 CODEC(T64, ZSTD(1)),
    changes String CODEC(ZSTD(3)),
    rewriting String CODEC(ZSTD(3)),
    organisation LowCardinality(String),
    team LowCardinality(String),
    user LowCardinality(String),
    quote LowCardinality(String),
    day Int32 CODEC(Delta, ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, organisation, user, session, at, id)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS hook_events (
    id String CODEC(ZSTD(3)),
    at Float64 CODEC(ZSTD(3)),
    tool LowCardinality(String),
    session String CODEC(ZSTD(3)),
    project LowCardinality(String),
    local UInt8,
    moment LowCardinality(String),
    outcome LowCardinality(String),
    source LowCardinality(String),
    why String CODEC(ZSTD(3)),
    original_tokens UInt64 CODEC(T64, ZSTD(1)),
    optimized_tokens UInt64 CODEC(T64, ZSTD(1)),
    changes String CODEC(ZSTD(3)),
    organisation LowCardinality(String),
    team LowCardinality(String),
    user LowCardinality(String),
    day Int32 CODEC(Delta, ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, organisation, user, session, at, id)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

-- Writes of events of a day that were begun and that were ended. While they are not equal, or not
-- those that the day was summed up after, its events are summed up anew.
CREATE TABLE IF NOT EXISTS writes (
    day Int32,
    begun SimpleAggregateFunction(sum, UInt64),
    ended SimpleAggregateFunction(sum, UInt64),
    at SimpleAggregateFunction(max, DateTime) DEFAULT now()
) ENGINE = AggregatingMergeTree ORDER BY day SETTINGS fsync_after_insert = 1;

-- Days that were summed up: in which run, after how many writes.
CREATE TABLE IF NOT EXISTS summed_days (
    day Int32,
    run UInt64,
    writes UInt64
) ENGINE = ReplacingMergeTree(run) ORDER BY day SETTINGS fsync_after_insert = 1;

-- Sums of a day are written in a run and counted where summed_days names it; a later run's rows
-- take the place of an earlier one's.
CREATE TABLE IF NOT EXISTS usage_hours (
    day Int32 CODEC(Delta, ZSTD(1)),
    run UInt64 CODEC(ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    at Int64 CODEC(Delta, ZSTD(1)),
    organisation LowCardinality(String),
    team LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    tool LowCardinality(String),
    upstream LowCardinality(String),
    model LowCardinality(String),
    outcome LowCardinality(String),
    calls UInt64 CODEC(T64, ZSTD(1)),
    failed UInt64 CODEC(T64, ZSTD(1)),
    direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    reported UInt64 CODEC(T64, ZSTD(1)),
    input UInt64 CODEC(T64, ZSTD(1)),
    cache_read UInt64 CODEC(T64, ZSTD(1)),
    cache_write UInt64 CODEC(T64, ZSTD(1)),
    cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    output UInt64 CODEC(T64, ZSTD(1)),
    predicted_read UInt64 CODEC(T64, ZSTD(1)),
    priced UInt64 CODEC(T64, ZSTD(1)),
    cost Int64 CODEC(T64, ZSTD(1)),
    direct_cost Int64 CODEC(T64, ZSTD(1))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, keep_days, at, organisation, team, user, project, tool, upstream, model, outcome)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS usage_sessions (
    day Int32 CODEC(Delta, ZSTD(1)),
    run UInt64 CODEC(ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    at Int64 CODEC(Delta, ZSTD(1)),
    organisation LowCardinality(String),
    team LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    tool LowCardinality(String),
    session String CODEC(ZSTD(3)),
    upstream LowCardinality(String),
    model LowCardinality(String),
    outcome LowCardinality(String),
    calls UInt64 CODEC(T64, ZSTD(1)),
    failed UInt64 CODEC(T64, ZSTD(1)),
    direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    reported UInt64 CODEC(T64, ZSTD(1)),
    input UInt64 CODEC(T64, ZSTD(1)),
    cache_read UInt64 CODEC(T64, ZSTD(1)),
    cache_write UInt64 CODEC(T64, ZSTD(1)),
    cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    output UInt64 CODEC(T64, ZSTD(1)),
    predicted_read UInt64 CODEC(T64, ZSTD(1)),
    priced UInt64 CODEC(T64, ZSTD(1)),
    cost Int64 CODEC(T64, ZSTD(1)),
    direct_cost Int64 CODEC(T64, ZSTD(1))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, keep_days, at, organisation, team, user, project, tool, session, upstream, model, outcome)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS user_daily_stats (
    day Int32 CODEC(Delta, ZSTD(1)),
    run UInt64 CODEC(ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    at Int64 CODEC(Delta, ZSTD(1)),
    organisation LowCardinality(String),
    user LowCardinality(String),
    calls UInt64 CODEC(T64, ZSTD(1)),
    failed UInt64 CODEC(T64, ZSTD(1)),
    direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    reported UInt64 CODEC(T64, ZSTD(1)),
    input UInt64 CODEC(T64, ZSTD(1)),
    cache_read UInt64 CODEC(T64, ZSTD(1)),
    cache_write UInt64 CODEC(T64, ZSTD(1)),
    cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    output UInt64 CODEC(T64, ZSTD(1)),
    predicted_read UInt64 CODEC(T64, ZSTD(1)),
    priced UInt64 CODEC(T64, ZSTD(1)),
    cost Int64 CODEC(T64, ZSTD(1)),
    direct_cost Int64 CODEC(T64, ZSTD(1))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, keep_days, at, organisation, user)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS optimization_metrics (
    day Int32 CODEC(Delta, ZSTD(1)),
    run UInt64 CODEC(ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    at Int64 CODEC(Delta, ZSTD(1)),
    organisation LowCardinality(String),
    team LowCardinality(String),
    user LowCardinality(String),
    project LowCardinality(String),
    tool LowCardinality(String),
    upstream LowCardinality(String),
    model LowCardinality(String),
    outcome LowCardinality(String),
    kind LowCardinality(String),
    level LowCardinality(String),
    blocks UInt64 CODEC(T64, ZSTD(1)),
    original_tokens UInt64 CODEC(T64, ZSTD(1)),
    optimized_tokens UInt64 CODEC(T64, ZSTD(1))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, keep_days, at, organisation, team, user, project, tool, upstream, model, outcome, kind, level)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS ledger (
    day Int32 CODEC(Delta, ZSTD(1)),
    run UInt64 CODEC(ZSTD(1)),
    keep_days UInt16 CODEC(ZSTD(1)),
    at Int64 CODEC(Delta, ZSTD(1)),
    organisation LowCardinality(String),
    account LowCardinality(String),
    tokens Int64 CODEC(T64, ZSTD(1)),
    micro_cents Int64 CODEC(T64, ZSTD(1))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY (keep_days, toYYYYMM(toDate32(day)))
ORDER BY (day, keep_days, at, organisation, account)
TTL toDate32(day) + toIntervalDay(if(keep_days = 0, 200000, keep_days))
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS lost (at Float64, calls UInt64) ENGINE = MergeTree ORDER BY at
SETTINGS fsync_after_insert = 1;

CREATE TABLE IF NOT EXISTS marks (name String, value String, version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY name SETTINGS fsync_after_insert = 1;
