-- What was judged: windows with their revisions, findings, and what the plugins remember.

CREATE TABLE IF NOT EXISTS {database}.window_revisions {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    revision UInt32,
    state LowCardinality(String) COMMENT 'ready, complete or sealed',
    events UInt64,
    serversExpected UInt32,
    serversArrived UInt32,
    eventsAnnounced Nullable(UInt64),
    inputsDigest UInt64 COMMENT 'Digest of the aggregate rows it was made of',
    tooLate UInt64 COMMENT 'Events that came after it was sealed and changed nothing',
    judgedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(judgedAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart)
TTL toDateTime(judgedAt) + INTERVAL {ttl_days} DAY;

CREATE TABLE IF NOT EXISTS {database}.finding_revisions {on_cluster}
(
    id String,
    fingerprint String,
    plugin LowCardinality(String),
    check LowCardinality(String),
    stream LowCardinality(String),
    series String,
    labels Map(LowCardinality(String), String),
    severity LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    revision UInt32,
    retracted Bool COMMENT 'A later revision of the window no longer says so',
    text String,
    data String COMMENT 'JSON: what filled the message',
    observed Nullable(Float64),
    expectedLow Nullable(Float64),
    expectedCenter Nullable(Float64),
    expectedHigh Nullable(Float64),
    rarity Nullable(Float64),
    evidenceSql String,
    origin String COMMENT 'JSON of the finding as it was made',
    fromWindow Bool COMMENT 'It came from judging windows, so judging them again may retract it; not from reading batches or files',
    foundAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(foundAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, plugin, check, id)
TTL toDateTime(foundAt) + INTERVAL {ttl_days} DAY;

-- Snapshots: what a check knew when it had judged all windows before `windowStart`.
CREATE TABLE IF NOT EXISTS {database}.check_snapshots {on_cluster}
(
    plugin LowCardinality(String),
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    series String,
    state String COMMENT 'JSON',
    takenAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(takenAt)}
PARTITION BY toDate(windowStart)
ORDER BY (plugin, stream, windowStart, series)
TTL toDateTime(takenAt) + INTERVAL {ttl_days} DAY;

CREATE TABLE IF NOT EXISTS {database}.audit_rows {on_cluster}
(
    stream LowCardinality(String),
    auditedAt DateTime64(3, 'UTC'),
    committed UInt64 COMMENT 'Lines that were committed as events',
    rows UInt64 COMMENT 'Stored raw rows',
    uniqueRows UInt64 COMMENT 'Distinct (partition, offset) among them',
    deadLetters UInt64,
    counted UInt64 COMMENT 'Events in the aggregates',
    holds Bool
)
ENGINE = {engine:ReplacingMergeTree(auditedAt)}
ORDER BY (stream, auditedAt)
TTL toDateTime(auditedAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.windows {on_cluster} AS
SELECT * FROM {database}.window_revisions FINAL;

CREATE OR REPLACE VIEW {database}.findings {on_cluster} AS
SELECT * EXCEPT (retracted, origin, fromWindow) FROM {database}.finding_revisions FINAL WHERE NOT retracted;

CREATE OR REPLACE VIEW {database}.audit {on_cluster} AS
SELECT * FROM {database}.audit_rows FINAL;
