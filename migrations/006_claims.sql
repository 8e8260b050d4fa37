-- Who may write what, when several processes share the work: the newest claim of a name is the one that holds (docs/decisions/004-kafka.md).

CREATE TABLE IF NOT EXISTS {database}.claim_rows {on_cluster}
(
    name String COMMENT 'What is claimed: `ingest/<stream>/<partition>`, `judge/<stream>`, `control`',
    epoch UInt64 COMMENT 'Counts up with each claim',
    token String COMMENT 'Of this claim alone',
    owner String COMMENT 'Who claimed it, for people',
    claimedAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(claimedAt)}
ORDER BY (name, epoch, token);

-- One row per name: who holds it.
CREATE OR REPLACE VIEW {database}.claims {on_cluster} AS
SELECT name, max(epoch) AS epoch, argMax(c.token, (c.epoch, c.token)) AS token, argMax(c.owner, (c.epoch, c.token)) AS owner, argMax(c.claimedAt, (c.epoch, c.token)) AS claimedAt
FROM {database}.claim_rows AS c
GROUP BY name;

-- A topic's partition carries many servers: how far each of them has come. A log file has one, in `server` and `watermarkMs`.
ALTER TABLE {database}.partition_commits {on_cluster} ADD COLUMN IF NOT EXISTS watermarks Map(String, Int64) COMMENT 'Greatest event time by server, epoch ms';

CREATE OR REPLACE VIEW {database}.partitions {on_cluster} AS
SELECT * FROM {database}.partition_commits FINAL;
