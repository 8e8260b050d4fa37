-- Rules and receivers (in a database of their own: receivers have secrets, which those who may read {database} may not see), alerts, notices, deliveries.

CREATE DATABASE IF NOT EXISTS {database}_private {on_cluster};

CREATE TABLE IF NOT EXISTS {database}_private.rule_revisions {on_cluster}
(
    id String,
    spec String COMMENT 'JSON of the rule',
    deleted Bool,
    changedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(changedAt)}
ORDER BY id;

CREATE TABLE IF NOT EXISTS {database}_private.receiver_revisions {on_cluster}
(
    id String,
    spec String COMMENT 'JSON of the receiver, with its secrets',
    deleted Bool,
    changedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(changedAt)}
ORDER BY id;

CREATE TABLE IF NOT EXISTS {database}.alert_revisions {on_cluster}
(
    id String,
    fingerprint String,
    ruleId String,
    status LowCardinality(String) COMMENT 'pending, firing or resolved',
    severity LowCardinality(String),
    labels Map(LowCardinality(String), String),
    annotations Map(LowCardinality(String), String),
    startsAt DateTime64(3, 'UTC'),
    endsAt Nullable(DateTime64(3, 'UTC')),
    windowStart DateTime64(3, 'UTC'),
    windowEnd DateTime64(3, 'UTC'),
    findingId String,
    text String,
    observed Nullable(Float64),
    expectedLow Nullable(Float64),
    expectedCenter Nullable(Float64),
    expectedHigh Nullable(Float64),
    evidenceSql String,
    state String COMMENT 'JSON of the state machine',
    updatedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(updatedAt)}
ORDER BY id
TTL toDateTime(updatedAt) + INTERVAL {ttl_days} DAY;

-- A notice is made once for an alert, an episode and a reason; made again it replaces itself.
CREATE TABLE IF NOT EXISTS {database}.notice_rows {on_cluster}
(
    id String,
    alertId String,
    reason LowCardinality(String) COMMENT 'first, grown, resolved or reminder',
    type LowCardinality(String),
    receivers Array(String) COMMENT 'Ids; those there were when it was made',
    body String,
    windowEnd DateTime64(3, 'UTC') COMMENT 'Event time it is about; detection delay is counted from here',
    createdAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(createdAt)}
ORDER BY id
TTL toDateTime(createdAt) + INTERVAL {ttl_days} DAY;

CREATE TABLE IF NOT EXISTS {database}.delivery_attempts {on_cluster}
(
    noticeId String,
    receiverId String,
    attempt UInt32,
    status UInt16 COMMENT 'HTTP status; 0 when there was no answer',
    latencyMs Float64,
    outcome LowCardinality(String) COMMENT 'delivered, retry, gone or given-up',
    error String,
    nextAttemptAt Nullable(DateTime64(3, 'UTC')),
    attemptedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(attemptedAt)}
ORDER BY (noticeId, receiverId, attempt)
TTL toDateTime(attemptedAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.alerts {on_cluster} AS
SELECT * EXCEPT (state) FROM {database}.alert_revisions FINAL;

CREATE OR REPLACE VIEW {database}.notices {on_cluster} AS
SELECT * FROM {database}.notice_rows FINAL;

-- One row per notice and receiver: where the delivery stands.
CREATE OR REPLACE VIEW {database}.deliveries {on_cluster} AS
SELECT
    noticeId, receiverId, max(attempt) AS attempts, argMax(status, attempt) AS status, argMax(latencyMs, attempt) AS latencyMs,
    argMax(outcome, attempt) AS outcome, argMax(error, attempt) AS error, argMax(nextAttemptAt, attempt) AS nextAttemptAt, max(attemptedAt) AS lastAttemptAt
FROM {database}.delivery_attempts FINAL
GROUP BY noticeId, receiverId;
