-- How late events changed windows: one row for each revision after the first judgement, never replaced by a later one. What receivers are told of windows and servers.

CREATE TABLE IF NOT EXISTS {database}.restatement_rows {on_cluster}
(
    stream LowCardinality(String),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    revision UInt32,
    events UInt64,
    revisionBefore UInt32,
    eventsBefore UInt64,
    restatedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(restatedAt)}
PARTITION BY toDate(windowStart)
ORDER BY (stream, windowStart, revision)
TTL toDateTime(restatedAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.restatements {on_cluster} AS
SELECT * FROM {database}.restatement_rows FINAL;

ALTER TABLE {database}.notice_rows {on_cluster} ADD COLUMN IF NOT EXISTS about String COMMENT 'alert/<id>, window/<stream>/<startMs> or server/<stream>/<server>';

CREATE OR REPLACE VIEW {database}.notices {on_cluster} AS
SELECT * FROM {database}.notice_rows FINAL;

-- How far control has taken what the judges wrote down; everything before it is in alerts and notices.
CREATE TABLE IF NOT EXISTS {database}.news_cursors {on_cluster}
(
    feed String,
    ms Int64 COMMENT 'Clock of the judges, epoch ms',
    key String,
    changedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(changedAt)}
ORDER BY feed;
