import type { AggregationPlan } from '../windows/plan.ts';
import { cutText } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';

/** Writes down how the states of each aggregate are encoded, so that the view `aggregates` can read them. May be repeated. */
export async function saveAggregateKinds(
  connection: Connection,
  database: string,
  plans: Iterable<AggregationPlan>,
  atMs: number,
): Promise<void> {
  const rows = [...plans].flatMap(({ stream, cuts }) =>
    cuts.flatMap(({ dimensions, aggregates }) =>
      aggregates.map(({ name, aggregate }) => ({
        stream,
        cut: cutText(dimensions),
        aggregate: name,
        kind: aggregate.aggregator.kind,
        writtenAt: jsonTime(atMs),
      })),
    ),
  );
  if (rows.length > 0)
    await connection.insertBytes({
      table: `${database}.aggregate_kinds`,
      format: 'JSONEachRow',
      body: jsonRows(rows),
    });
}
