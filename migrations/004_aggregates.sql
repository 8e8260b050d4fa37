-- What people read of the aggregates: partitions merged, states as numbers.

CREATE TABLE IF NOT EXISTS {database}.aggregate_kinds {on_cluster}
(
    stream LowCardinality(String),
    cut LowCardinality(String),
    aggregate LowCardinality(String),
    kind LowCardinality(String) COMMENT 'Encoding of its states (core/sketch)',
    writtenAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(writtenAt)}
ORDER BY (stream, cut, aggregate);

-- One row per stream, window, cut, series and aggregate. `value` of quantiles is the median; for others, and over several windows, merge the digests:
-- SELECT quantileTDigestMerge(0.99)(digest) FROM aggregates WHERE aggregate = 'latencyMs' AND ...
CREATE OR REPLACE VIEW {database}.aggregates {on_cluster} AS
SELECT
    stream, windowStart, cut, series, aggregate, kind,
    multiIf(
        kind = 'count', toFloat64(sumIf(reinterpretAsUInt64(state), kind = 'count')),
        kind = 'sum', sumIf(reinterpretAsFloat64(substring(state, 1, 8)) + reinterpretAsFloat64(substring(state, 9, 8)), kind = 'sum'),
        kind = 'min', minOrNullIf(reinterpretAsFloat64(state), kind = 'min' AND NOT isNaN(reinterpretAsFloat64(state))),
        kind = 'max', maxOrNullIf(reinterpretAsFloat64(state), kind = 'max' AND NOT isNaN(reinterpretAsFloat64(state))),
        kind = 'quantiles', toFloat64(quantileTDigestMerge(0.5)(CAST(if(kind = 'quantiles', state, '\0'), 'AggregateFunction(quantileTDigest, Float64)'))),
        NULL) AS value,
    quantileTDigestMergeState(0.5)(CAST(if(kind = 'quantiles', state, '\0'), 'AggregateFunction(quantileTDigest, Float64)')) AS digest
FROM
(
    SELECT c.stream AS stream, c.windowStart AS windowStart, c.cut AS cut, c.series AS series, c.aggregate AS aggregate, c.state AS state, k.kind AS kind
    FROM (SELECT stream, windowStart, cut, series, aggregate, state FROM {database}.aggregate_cells FINAL ARRAY JOIN mapKeys(states) AS aggregate, mapValues(states) AS state) AS c
    INNER JOIN (SELECT * FROM {database}.aggregate_kinds FINAL) AS k ON k.stream = c.stream AND k.cut = c.cut AND k.aggregate = c.aggregate
)
GROUP BY stream, windowStart, cut, series, aggregate, kind;

-- The same over larger windows, merged when read: SELECT * FROM aggregates_over(windowS = 3600) WHERE stream = 'requests' AND ...
CREATE OR REPLACE VIEW {database}.aggregates_over {on_cluster} AS
SELECT
    stream, toStartOfInterval(a.windowStart, toIntervalSecond({windowS:UInt32})) AS windowStart, cut, series, aggregate, kind,
    multiIf(
        kind IN ('count', 'sum'), sum(a.value),
        kind = 'min', min(a.value),
        kind = 'max', max(a.value),
        kind = 'quantiles', toFloat64(quantileTDigestMerge(0.5)(a.digest)),
        NULL) AS value,
    quantileTDigestMergeState(0.5)(a.digest) AS digest
FROM {database}.aggregates AS a
GROUP BY stream, windowStart, cut, series, aggregate, kind;
