-- What the sums and ratios of open windows were estimated to come to, beside their events.

ALTER TABLE {database}.window_estimates {on_cluster}
    ADD COLUMN IF NOT EXISTS serversExpected UInt32,
    ADD COLUMN IF NOT EXISTS serversArrived UInt32 COMMENT 'Servers that had sent something',
    ADD COLUMN IF NOT EXISTS `metrics.metric` Array(LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS `metrics.observed` Array(Nullable(Float64)),
    ADD COLUMN IF NOT EXISTS `metrics.value` Array(Nullable(Float64)) COMMENT 'NULL: nobody knows',
    ADD COLUMN IF NOT EXISTS `metrics.low` Array(Array(Nullable(Float64))) COMMENT 'In the order of intervals.confidence; NULL: nobody knows',
    ADD COLUMN IF NOT EXISTS `metrics.high` Array(Array(Nullable(Float64))),
    ADD INDEX IF NOT EXISTS estimated estimatedAt TYPE minmax GRANULARITY 1;

-- One row per window, metric and time: SELECT * FROM metric_estimates WHERE stream = 'requests' AND metric = 'revenue' ORDER BY windowStart, estimatedAt
CREATE OR REPLACE VIEW {database}.metric_estimates {on_cluster} AS
SELECT e.stream AS stream, e.windowStart AS windowStart, e.windowEnd AS windowEnd, e.estimatedAt AS estimatedAt, m.1::String AS metric,
    m.2 AS observed, m.3 AS value, m.4[indexOf(e.`intervals.confidence`, 0.95)] AS low95, m.5[indexOf(e.`intervals.confidence`, 0.95)] AS high95,
    e.basis AS basis, e.isEnough AS isEnough
FROM {database}.window_estimates AS e
ARRAY JOIN arrayZip(e.`metrics.metric`, e.`metrics.observed`, e.`metrics.value`, e.`metrics.low`, e.`metrics.high`) AS m;
