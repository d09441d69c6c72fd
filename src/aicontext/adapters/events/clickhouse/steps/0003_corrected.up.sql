-- Of what corrects a call's price: which, and the number of the correction (-1 ID takes back, +1 ID
-- charges again).
ALTER TABLE usage_events ADD COLUMN IF NOT EXISTS correction String CODEC(ZSTD(1));
