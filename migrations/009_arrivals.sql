-- What was known when: each server's events as they came, every revision of a window, and what open windows were estimated to come to.

-- Which cut of a stream tells its servers apart.
CREATE TABLE IF NOT EXISTS {database}_private.server_cuts {on_cluster}
(
    stream LowCardinality(String),
    cut LowCardinality(String),
    writtenAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(writtenAt)}
ORDER BY (stream, cut);

-- `aggregate_cells` keeps the newest row of a cell; this keeps all of them, of the servers' cells. `events` is cumulative, so the greatest of a key counts.
CREATE TABLE IF NOT EXISTS {database}.arrival_rows {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    series String COMMENT 'Names the server',
    partition String,
    since UInt64,
    through UInt64,
    events UInt64,
    arrivedAt DateTime64(3, 'UTC'),
    server String ALIAS replaceRegexpOne(series, '^[^=]*=', ''),
    INDEX arrivals arrivedAt TYPE minmax GRANULARITY 1
)
ENGINE = {engine:ReplacingMergeTree(arrivedAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, series, partition, since, through)
TTL toDateTime(arrivedAt) + INTERVAL {ttl_days} DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}_private.arrivals_seen {on_cluster} TO {database}.arrival_rows AS
SELECT stream, windowStart, series, partition, since, through, reinterpretAsUInt64(states['events']) AS events, arrivedAt
FROM {database}.aggregate_cells
WHERE (stream, cut) IN (SELECT stream, cut FROM {database}_private.server_cuts);

CREATE TABLE IF NOT EXISTS {database}.window_history {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    revision UInt32,
    state LowCardinality(String),
    events UInt64,
    serversExpected UInt32,
    serversArrived UInt32,
    judgedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(judgedAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, revision, state)
TTL toDateTime(judgedAt) + INTERVAL {ttl_days} DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS {database}_private.revisions_seen {on_cluster} TO {database}.window_history AS
SELECT stream, windowStart, windowEnd, revision, state, events, serversExpected, serversArrived, judgedAt
FROM {database}.window_revisions;

CREATE TABLE IF NOT EXISTS {database}.window_estimates {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    estimatedAt DateTime64(3, 'UTC'),
    observed Float64 COMMENT 'Events that were there',
    value Float64 COMMENT 'Events that it is estimated to come to',
    `intervals.confidence` Array(Float64),
    `intervals.low` Array(Float64),
    `intervals.high` Array(Nullable(Float64)) COMMENT 'NULL: nobody knows',
    basis LowCardinality(String) COMMENT 'On what it stands: whole, peers, forecast, guess, nothing',
    silentShare Float64,
    missing String COMMENT 'JSON: servers that miss events, how many, and how likely they still come',
    isEnough Bool COMMENT 'The stream''s contract of readiness holds',
    memo String COMMENT 'What the estimator wants back when the final value is known',
    low95 Float64 ALIAS `intervals.low`[indexOf(`intervals.confidence`, 0.95)],
    high95 Nullable(Float64) ALIAS `intervals.high`[indexOf(`intervals.confidence`, 0.95)]
)
ENGINE = {engine:ReplacingMergeTree(estimatedAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, estimatedAt)
TTL toDateTime(estimatedAt) + INTERVAL {ttl_days} DAY;

-- What an estimator knew when it had heard everything that arrived until `heardAt`.
CREATE TABLE IF NOT EXISTS {database}.estimator_states {on_cluster}
(
    stream LowCardinality(String),
    heardAt DateTime64(3, 'UTC'),
    state String COMMENT 'JSON'
)
ENGINE = {engine:ReplacingMergeTree(heardAt)}
ORDER BY stream;

-- What did we know at 12:07? SELECT * FROM windows_as_of(at = '2026-11-24 12:07:00') WHERE stream = 'requests' ORDER BY windowStart
CREATE OR REPLACE VIEW {database}.windows_as_of {on_cluster} AS
SELECT a.stream AS stream, a.windowStart AS windowStart, a.events AS events, a.servers AS servers,
    if(h.state = '', 'open', h.state) AS state, h.revision AS revision,
    if(e.basis = '', NULL, e.value) AS estimate, if(e.basis = '', NULL, e.low) AS low95, if(e.basis = '', NULL, e.high) AS high95
FROM
(
    SELECT stream, windowStart, sum(sent) AS events, uniqExactIf(series, sent > 0) AS servers
    FROM
    (
        SELECT stream, windowStart, series, partition, since, max(r.events) AS sent
        FROM {database}.arrival_rows AS r WHERE r.arrivedAt <= {at:DateTime64(3)}
        GROUP BY stream, windowStart, series, partition, since
    )
    GROUP BY stream, windowStart
) AS a
LEFT JOIN
(
    SELECT stream, windowStart, argMax(w.state, w.judgedAt)::String AS state, argMax(w.revision, w.judgedAt) AS revision
    FROM {database}.window_history AS w WHERE w.judgedAt <= {at:DateTime64(3)}
    GROUP BY stream, windowStart
) AS h ON h.stream = a.stream AND h.windowStart = a.windowStart
LEFT JOIN
(
    SELECT stream, windowStart, argMax(v.basis, v.estimatedAt)::String AS basis, argMax(v.value, v.estimatedAt) AS value,
        argMax(v.low95, v.estimatedAt) AS low, argMax(v.high95, v.estimatedAt) AS high
    FROM {database}.window_estimates AS v WHERE v.estimatedAt <= {at:DateTime64(3)}
    GROUP BY stream, windowStart
) AS e ON e.stream = a.stream AND e.windowStart = a.windowStart;
