-- Who is at work: each process writes a beat every few seconds. Its time is this server's, so that who is silent does not depend on anybody's clock.

CREATE TABLE IF NOT EXISTS {database}.process_beats {on_cluster}
(
    owner String COMMENT 'Which process, as in `claims`',
    host String,
    pid UInt32,
    roles Array(LowCardinality(String)),
    version LowCardinality(String),
    api String COMMENT 'Where its API listens',
    backlogBytes Nullable(UInt64) COMMENT 'Read from nowhere yet, or fetched and not stored',
    notReady String COMMENT 'What it waits for; empty when it is ready',
    stopped Bool COMMENT 'Its last beat: it ended in order',
    startedAt DateTime64(3, 'UTC'),
    saidAt DateTime64(3, 'UTC') COMMENT 'By the clock of the process',
    beatAt DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'By the clock of this server'
)
ENGINE = {engine:ReplacingMergeTree(beatAt)}
ORDER BY owner
TTL toDateTime(beatAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.processes {on_cluster} AS
SELECT * FROM {database}.process_beats FINAL;
