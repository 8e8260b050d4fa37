-- Who is expected to report: one row for each version of a stream's roster, by the first window that it holds for. Windows name their version.

CREATE TABLE IF NOT EXISTS {database}.roster_rows {on_cluster}
(
    stream LowCardinality(String),
    since DateTime64(3, 'UTC') COMMENT 'Start of the first window that it holds for',
    isDeclared Bool COMMENT 'By the config; otherwise servers that were seen',
    servers Array(String),
    joined Array(String) COMMENT 'Who was not in the version before',
    left Array(String) COMMENT 'Who is no longer in it',
    writtenAt DateTime64(3, 'UTC')
)
ENGINE = {engine:ReplacingMergeTree(writtenAt)}
PARTITION BY toDate(since)
ORDER BY (stream, since)
TTL toDateTime(writtenAt) + INTERVAL {ttl_days} DAY;

CREATE OR REPLACE VIEW {database}.rosters {on_cluster} AS
SELECT * FROM {database}.roster_rows FINAL;

ALTER TABLE {database}.window_revisions {on_cluster} ADD COLUMN IF NOT EXISTS rosterSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Version of the roster';

CREATE OR REPLACE VIEW {database}.windows {on_cluster} AS
SELECT * FROM {database}.window_revisions FINAL;

-- Whose clock is off? How much later than that of its peers what a server sends of a window arrives at first, in the median of its windows. Of packets, which are sent as their minute
-- ends, it is by how much the server's clock is behind (negative: ahead), to about a second, and what its way takes longer.
-- SELECT * FROM server_clocks(hours = 1) WHERE stream = 'packets' ORDER BY abs(behindMs) DESC LIMIT 10
CREATE OR REPLACE VIEW {database}.server_clocks {on_cluster} AS
SELECT stream, server, count() AS windows, quantileExact(0.5)(firstMs - peersMs) AS behindMs
FROM
(
    SELECT stream, windowStart, server, firstMs, quantileExact(0.5)(firstMs) OVER (PARTITION BY stream, windowStart) AS peersMs
    FROM
    (
        SELECT stream, windowStart, server, toUnixTimestamp64Milli(min(r.arrivedAt)) AS firstMs
        FROM {database}.arrival_rows AS r
        WHERE r.arrivedAt > now64(3) - toIntervalHour({hours:UInt32})
        GROUP BY stream, windowStart, server
    )
)
GROUP BY stream, server;
