-- Troubles that people marked: backtests are held against them.

CREATE TABLE IF NOT EXISTS {database}.incident_revisions {on_cluster}
(
    id String,
    stream LowCardinality(String) COMMENT 'Empty: it showed in whichever streams',
    labels Map(LowCardinality(String), String) COMMENT 'Where it was',
    startMs Int64 COMMENT 'Event time, epoch ms, half-open',
    endMs Int64,
    name String,
    deleted Bool,
    changedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(changedAt)}
ORDER BY id;

CREATE OR REPLACE VIEW {database}.incidents {on_cluster} AS
SELECT * EXCEPT (deleted) FROM {database}.incident_revisions FINAL WHERE NOT deleted;
