-- Where each partition stands, what could not be decoded, and the cumulative aggregates.
-- Raw events live in one table per declared stream, `events_<stream>`, laid out from the config (core/store/eventTable.ts).

-- One row per partition: how far it is stored. Written last, after raw rows and aggregates.
CREATE TABLE IF NOT EXISTS {database}.partition_commits {on_cluster}
(
    stream LowCardinality(String),
    partition String,
    server String,
    offset UInt64 COMMENT 'First offset that is not yet stored',
    watermarkMs Int64 COMMENT 'Greatest event time seen, epoch ms',
    events UInt64 COMMENT 'Lines below offset that became events',
    problems UInt64 COMMENT 'Lines below offset that did not',
    closed Bool COMMENT 'No more will come: the file is rolled and read to its end',
    fileHead String COMMENT 'Digest of the first bytes of a file, to notice another file under the same name',
    committedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(offset)}
ORDER BY (stream, partition);

CREATE TABLE IF NOT EXISTS {database}.manifest_rows {on_cluster}
(
    stream LowCardinality(String),
    server String,
    file String,
    boot Int64,
    seq Int64,
    build String,
    firstEventMs Int64,
    lastEventMs Int64,
    events UInt64,
    bytes UInt64,
    crc32c String,
    eventsRead UInt64 COMMENT 'Lines that became events',
    problemsRead UInt64 COMMENT 'Lines that did not',
    bytesRead UInt64,
    arrivedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(arrivedAt)}
ORDER BY (stream, server, file);

CREATE TABLE IF NOT EXISTS {database}.dead_letter_rows {on_cluster}
(
    stream LowCardinality(String),
    topic LowCardinality(String),
    partition String,
    offset UInt64,
    server String,
    reason LowCardinality(String),
    detail String,
    rawHex String COMMENT 'The line as it came, in hexadecimal: it may be no UTF-8',
    raw String ALIAS unhex(rawHex),
    time Nullable(DateTime64(3, 'UTC')),
    arrivedAt DateTime64(3, 'UTC'),
    resolvedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When a later decoding made an event of it'
)
ENGINE = {engine:ReplacingMergeTree(arrivedAt)}
PARTITION BY toDate(arrivedAt)
ORDER BY (stream, partition, offset)
TTL toDateTime(arrivedAt) + INTERVAL {ttl_days} DAY;

-- One row is the state of one series in one window, grown from the events of one partition in [since, through).
-- A later row of the same key replaces an earlier one: `through` is its version. Rows of other partitions (or another `since`) are merged when read.
CREATE TABLE IF NOT EXISTS {database}.aggregate_cells {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    cut LowCardinality(String),
    series String,
    partition String,
    since UInt64,
    through UInt64,
    states Map(LowCardinality(String), String) COMMENT 'Encoded states by aggregate name (core/sketch)',
    arrivedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(through)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, cut, series, partition, since)
TTL toDateTime(arrivedAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.dead_letters {on_cluster} AS
SELECT * EXCEPT (rawHex), unhex(rawHex) AS raw FROM {database}.dead_letter_rows FINAL;

CREATE OR REPLACE VIEW {database}.manifests {on_cluster} AS
SELECT * FROM {database}.manifest_rows FINAL;

CREATE OR REPLACE VIEW {database}.partitions {on_cluster} AS
SELECT * FROM {database}.partition_commits FINAL;
