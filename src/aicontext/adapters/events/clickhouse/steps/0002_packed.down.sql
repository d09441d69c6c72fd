ALTER TABLE usage_events
    MODIFY COLUMN id String CODEC(ZSTD(3)),
    MODIFY COLUMN at Float64 CODEC(ZSTD(3)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(Default),
    MODIFY COLUMN project LowCardinality(String) CODEC(Default),
    MODIFY COLUMN protocol LowCardinality(String) CODEC(Default),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(Default),
    MODIFY COLUMN model LowCardinality(String) CODEC(Default),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(Default),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN input Nullable(UInt64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_read Nullable(UInt64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write Nullable(UInt64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write_1h Nullable(UInt64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN output Nullable(UInt64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cost Nullable(Int64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_cost Nullable(Int64) CODEC(T64, ZSTD(1)),
    MODIFY COLUMN added_us Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN first_us Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN total_us Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN changes String CODEC(ZSTD(3)),
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN team LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default),
    MODIFY COLUMN quote LowCardinality(String) CODEC(Default);

ALTER TABLE usage_events RESET SETTING auto_statistics_types;

ALTER TABLE hook_events
    MODIFY COLUMN id String CODEC(ZSTD(3)),
    MODIFY COLUMN at Float64 CODEC(ZSTD(3)),
    MODIFY COLUMN tool LowCardinality(String) CODEC(Default),
    MODIFY COLUMN project LowCardinality(String) CODEC(Default),
    MODIFY COLUMN moment LowCardinality(String) CODEC(Default),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(Default),
    MODIFY COLUMN source LowCardinality(String) CODEC(Default),
    MODIFY COLUMN original_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN optimized_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN changes String CODEC(ZSTD(3)),
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN team LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default);

ALTER TABLE hook_events RESET SETTING auto_statistics_types;

ALTER TABLE usage_hours
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN team LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default),
    MODIFY COLUMN project LowCardinality(String) CODEC(Default),
    MODIFY COLUMN tool LowCardinality(String) CODEC(Default),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(Default),
    MODIFY COLUMN model LowCardinality(String) CODEC(Default),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(Default),
    MODIFY COLUMN calls UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64, ZSTD(1));

ALTER TABLE usage_hours RESET SETTING auto_statistics_types;

ALTER TABLE usage_sessions
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN team LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default),
    MODIFY COLUMN project LowCardinality(String) CODEC(Default),
    MODIFY COLUMN tool LowCardinality(String) CODEC(Default),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(Default),
    MODIFY COLUMN model LowCardinality(String) CODEC(Default),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(Default),
    MODIFY COLUMN calls UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64, ZSTD(1));

ALTER TABLE usage_sessions RESET SETTING auto_statistics_types;

ALTER TABLE user_daily_stats
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default),
    MODIFY COLUMN calls UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN failed UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN sent_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN reported UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN input UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN output UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN predicted_read UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN priced UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cost Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN direct_cost Int64 CODEC(T64, ZSTD(1));

ALTER TABLE user_daily_stats RESET SETTING auto_statistics_types;

ALTER TABLE optimization_metrics
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN team LowCardinality(String) CODEC(Default),
    MODIFY COLUMN user LowCardinality(String) CODEC(Default),
    MODIFY COLUMN project LowCardinality(String) CODEC(Default),
    MODIFY COLUMN tool LowCardinality(String) CODEC(Default),
    MODIFY COLUMN upstream LowCardinality(String) CODEC(Default),
    MODIFY COLUMN model LowCardinality(String) CODEC(Default),
    MODIFY COLUMN outcome LowCardinality(String) CODEC(Default),
    MODIFY COLUMN kind LowCardinality(String) CODEC(Default),
    MODIFY COLUMN level LowCardinality(String) CODEC(Default),
    MODIFY COLUMN blocks UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN original_tokens UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN optimized_tokens UInt64 CODEC(T64, ZSTD(1));

ALTER TABLE optimization_metrics RESET SETTING auto_statistics_types;

ALTER TABLE ledger
    MODIFY COLUMN organisation LowCardinality(String) CODEC(Default),
    MODIFY COLUMN account LowCardinality(String) CODEC(Default),
    MODIFY COLUMN tokens Int64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN micro_cents Int64 CODEC(T64, ZSTD(1));

ALTER TABLE ledger RESET SETTING auto_statistics_types;
