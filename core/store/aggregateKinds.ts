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

/** Writes down which cut tells a stream's servers apart, so that what arrives of them is kept. May be repeated; before anything is ingested. */
export async function saveServerCuts(
  connection: Connection,
  database: string,
  cuts: ReadonlyMap<string, string>,
  atMs: number,
): Promise<void> {
  const rows = [...cuts].map(([stream, cut]) => ({ stream, cut, writtenAt: jsonTime(atMs) }));
  if (rows.length > 0)
    await connection.insertBytes({
      table: `${database}_private.server_cuts`,
      format: 'JSONEachRow',
      body: jsonRows(rows),
    });
}
