import type { Connection } from '../../core/store/connection.ts';
import { DECLARED, STREAMS } from '../support/faultyFleets.ts';
import { truthOf } from '../support/logTruth.ts';
import * as stored from '../support/storedTotals.ts';

/** What became of the fleet's events, by the fleet's own files and JSON.parse. */
export interface Verdict {
  readonly events: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Lines that are no events, and dead letters. */
  readonly problems: { readonly written: number; readonly kept: number };
  /** Cells of cuts, streams and servers that were compared, and those that differ from the truth. */
  readonly aggregates: { readonly compared: number; readonly different: number };
}

/** Judges what is stored. */
export async function verdictOf(connection: Connection, fleetDir: string): Promise<Verdict> {
  const truth = truthOf([fleetDir], DECLARED.truth);
  const counts = await Promise.all(STREAMS.map((stream) => stored.rowCounts(connection, stream)));
  const events = truth.files.reduce((sum, file) => sum + file.events, 0);
  const unique = counts.reduce((sum, count) => sum + count.unique, 0);
  const rows = counts.reduce((sum, count) => sum + count.rows, 0);
  const [kept] = await connection.query<{ n: string }>('SELECT count() AS n FROM touchstone.dead_letters');
  return {
    events,
    lost: events - unique,
    duplicated: rows - unique,
    problems: {
      written: truth.files.reduce((sum, { problems }) => sum + problems, 0),
      kept: Number(kept?.n),
    },
    aggregates: await compareAggregates(connection, truth),
  };
}

async function compareAggregates(
  connection: Connection,
  truth: ReturnType<typeof truthOf>,
): Promise<Verdict['aggregates']> {
  let compared = 0;
  let different = 0;
  const hold = (told: readonly string[], isSo: readonly string[]): void => {
    const real = new Set(isSo);
    compared += isSo.length;
    different += Math.max(0, isSo.length - told.length) + told.filter((line) => !real.has(line)).length;
  };
  for (const stream of STREAMS) {
    hold(await stored.rawTotals(connection, stream, DECLARED.truth[stream]), stored.told(truth.servers, stream));
    if (stream === 'packets') continue;
    for (const cut of ['server', ''] as const)
      hold(
        await stored.aggregateValues(connection, { stream, cut, aggregate: 'events' }),
        stored.trueValues(truth, stream, 'events', cut),
      );
  }
  for (const cut of DECLARED.judged) {
    const result = await stored.againstRawRows(connection, cut);
    compared += result.compared;
    different += result.different;
  }
  return { compared, different };
}

/** Whether nothing was lost, nothing stored or counted twice. */
export const holds = ({ lost, duplicated, problems, aggregates }: Verdict): boolean =>
  lost === 0 && duplicated === 0 && problems.written === problems.kept && aggregates.different === 0;

/** In one line. */
export const told = ({ events, lost, duplicated, problems, aggregates }: Verdict): string =>
  `lost ${String(lost)}, duplicated ${String(duplicated)} of ${String(events)} events, aggregates ${aggregates.different === 0 ? 'equal' : `different in ${String(aggregates.different)} of ${String(aggregates.compared)}`}, dead letters ${String(problems.kept)} of ${String(problems.written)}`;
