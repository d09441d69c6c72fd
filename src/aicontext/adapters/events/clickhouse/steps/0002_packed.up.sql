-- What an event takes on disk. Whole numbers are packed by bits, names' numbers pressed as the rest
-- is; random digits are pressed better when no repeats are sought. Statistics that newer servers make
-- of every column take as much as half of the events in a part of few, and no query of ours gains.
-- Events written before are packed so when their parts are next merged (OPTIMIZE TABLE ... FINAL).
ALTER TABLE usage_events
    MODIFY COLUMN id String CODEC(ZSTD(1)),
    MODIFY COLUMN at Float64 CODEC(ZSTD(9)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN project LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN protocol LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN model LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN input Nullable(UInt64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_read Nullable(UInt64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write Nullable(UInt64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write_1h Nullable(UInt64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN output Nullable(UInt64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cost Nullable(Int64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_cost Nullable(Int64) CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN added_us Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN first_us Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN total_us Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN changes String CODEC(ZSTD(6)),
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN team LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN quote LowCardinality(String) CODEC(ZSTD(1));

ALTER TABLE usage_events MODIFY SETTING auto_statistics_types = '';

ALTER TABLE hook_events
    MODIFY COLUMN id String CODEC(ZSTD(1)),
    MODIFY COLUMN at Float64 CODEC(ZSTD(9)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN project LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN moment LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN source LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN original_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN optimized_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN changes String CODEC(ZSTD(6)),
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN team LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1));

ALTER TABLE hook_events MODIFY SETTING auto_statistics_types = '';

ALTER TABLE usage_hours
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN team LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN project LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN model LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN calls UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64('bit'), ZSTD(1));

ALTER TABLE usage_hours MODIFY SETTING auto_statistics_types = '';

ALTER TABLE usage_sessions
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN team LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN project LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN model LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN calls UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64('bit'), ZSTD(1));

ALTER TABLE usage_sessions MODIFY SETTING auto_statistics_types = '';

ALTER TABLE user_daily_stats
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN calls UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64('bit'), ZSTD(1));

ALTER TABLE user_daily_stats MODIFY SETTING auto_statistics_types = '';

ALTER TABLE optimization_metrics
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN team LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN user LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN project LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN model LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN kind LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN level LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN blocks UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN original_tokens UInt64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN optimized_tokens UInt64 CODEC(T64('bit'), ZSTD(1));

ALTER TABLE optimization_metrics MODIFY SETTING auto_statistics_types = '';

ALTER TABLE ledger
    MODIFY COLUMN organisation LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN account LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN tokens Int64 CODEC(T64('bit'), ZSTD(1)),
    MODIFY COLUMN micro_cents Int64 CODEC(T64('bit'), ZSTD(1));

ALTER TABLE ledger MODIFY SETTING auto_statistics_types = '';
