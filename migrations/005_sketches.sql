-- The views of 004, for all kinds of states: q-digests, numbers of distinct texts and most frequent texts are read too.

-- One row per stream, window, cut, series and aggregate. `value` of quantiles and q-digests is the median, of most frequent texts NULL. For others, and over several windows,
-- merge what the last columns hold, each for its own kinds:
-- quantiles: SELECT quantileTDigestMerge(0.99)(digest)
-- qDigest:   SELECT quantileExactWeightedArray(0.99)(nodes.1, nodes.2)
-- distinct:  SELECT uniqCombined64Merge(12)(texts)
-- topK:      SELECT approx_top_kMerge(64, 64)(top), which gives (text, count, error), of all that are counted
-- FROM aggregates WHERE aggregate = 'latencyMs' AND ...
CREATE OR REPLACE VIEW {database}.aggregates {on_cluster} AS
SELECT
    stream, windowStart, cut, series, aggregate, kind,
    multiIf(
        kind = 'count', toFloat64(sumIf(reinterpretAsUInt64(state), kind = 'count')),
        kind = 'sum', sumIf(reinterpretAsFloat64(substring(state, 1, 8)) + reinterpretAsFloat64(substring(state, 9, 8)), kind = 'sum'),
        kind = 'min', minOrNullIf(reinterpretAsFloat64(state), kind = 'min' AND NOT isNaN(reinterpretAsFloat64(state))),
        kind = 'max', maxOrNullIf(reinterpretAsFloat64(state), kind = 'max' AND NOT isNaN(reinterpretAsFloat64(state))),
        kind = 'quantiles', toFloat64(quantileTDigestMerge(0.5)(digestState)),
        kind = 'qDigest', quantileExactWeightedOrNullArray(0.5)(nodeValues, nodeCounts),
        kind = 'distinct', toFloat64(uniqCombined64Merge(12)(textsState)),
        NULL) AS value,
    quantileTDigestMergeState(0.5)(digestState) AS digest,
    sumMap(nodeValues, nodeCounts) AS nodes,
    uniqCombined64MergeState(12)(textsState) AS texts,
    approx_top_kMergeState(64, 64)(topState) AS top
FROM
(
    -- States of other kinds stand as empty ones.
    SELECT
        c.stream AS stream, c.windowStart AS windowStart, c.cut AS cut, c.series AS series, c.aggregate AS aggregate, c.state AS state, k.kind AS kind,
        CAST(if(k.kind = 'quantiles', c.state, '\0'), 'AggregateFunction(quantileTDigest, Float64)') AS digestState,
        CAST(if(k.kind = 'distinct', c.state, '\x01\0'), 'AggregateFunction(uniqCombined64(12), String)') AS textsState,
        CAST(if(k.kind = 'topK', c.state, '\0\0'), 'AggregateFunction(approx_top_k(64, 64), String)') AS topState,
        -- Of a q-digest: from and unit, then 16 bytes a node, its code and its count.
        reinterpretAsFloat64(substring(c.state, 1, 8)) AS scaleFrom,
        reinterpretAsFloat64(substring(c.state, 9, 8)) AS scaleUnit,
        if(k.kind = 'qDigest', range(1, intDiv(length(c.state), 16)), []) AS nodeNumbers,
        arrayMap(node -> scaleFrom + scaleUnit * bitShiftRight(reinterpretAsUInt64(substring(c.state, 16 * node + 1, 8)), 6), nodeNumbers) AS nodeValues,
        arrayMap(node -> reinterpretAsUInt64(substring(c.state, 16 * node + 9, 8)), nodeNumbers) AS nodeCounts
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
        kind = 'qDigest', quantileExactWeightedOrNullArray(0.5)(a.nodes.1, a.nodes.2),
        kind = 'distinct', toFloat64(uniqCombined64Merge(12)(a.texts)),
        NULL) AS value,
    quantileTDigestMergeState(0.5)(a.digest) AS digest,
    sumMap(a.nodes.1, a.nodes.2) AS nodes,
    uniqCombined64MergeState(12)(a.texts) AS texts,
    approx_top_kMergeState(64, 64)(a.top) AS top
FROM {database}.aggregates AS a
GROUP BY stream, windowStart, cut, series, aggregate, kind;
