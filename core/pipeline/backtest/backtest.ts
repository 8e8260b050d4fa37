import { setImmediate } from 'node:timers/promises';
import type { IncidentSpec } from '../../alerts/incident.ts';
import { DEFAULT_RULE, type Rule } from '../../alerts/rule.ts';
import type { Config } from '../../config/config.ts';
import type { Plugin } from '../../plugin.ts';
import type { Connection } from '../../store/connection.ts';
import { ControlStore } from '../../store/controlStore.ts';
import { HistoryStore } from '../../store/historyStore.ts';
import { IncidentStore } from '../../store/incidentStore.ts';
import { type BacktestAsked, BacktestRefused } from './asked.ts';
import { historySpans, type StreamSpan } from './historySpans.ts';
import { sideOf } from './optionSet.ts';
import { type BacktestReport, isoOf, sideReport } from './report.ts';
import { type JudgedSide, StreamBacktest } from './streamBacktest.ts';

/** What a backtest is made of. */
export interface BacktestParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly available: readonly Plugin<never>[];
  /** Windows beyond which it refuses; left out: no bound. */
  readonly windowsMax?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stream: string, share: number) => void;
}

const DAY_MS = 86_400_000;
const SHOWN_MAX = 20;

/**
 * Judges stored windows again by the same fold, with other options, and tells what would have been found. Reads only.
 * The fold begins without any memory, a day before the time that is reported on unless told otherwise: what the live run remembers was learned with its own options.
 */
export async function backtest(parts: BacktestParts, asked: BacktestAsked): Promise<BacktestReport> {
  const { config, connection, available, signal } = parts;
  refuseWrongTimes(asked);
  const sideParts = { config, available, only: asked.plugins };
  const sides = [asked.options ?? {}, ...(asked.against === undefined ? [] : [asked.against])].map((options) =>
    sideOf(sideParts, options),
  );
  const store = new HistoryStore(connection, config.clickhouse.database, asked.asOfMs);
  const learnFromMs = Math.max(0, asked.learnFromMs ?? asked.fromMs - DAY_MS);
  const spans = await historySpans(store, config, { ...asked, learnFromMs });
  refuseTooMany(spans, sides.length, parts.windowsMax);
  const { rules, incidents } = await rulesAndIncidents(parts, asked);
  const shownMax = asked.shownMax ?? SHOWN_MAX;
  const done: Done[] = [];
  for (const span of spans) {
    const run = new StreamBacktest({ config, store, span, sides, rules, shownMax });
    while (await run.advance()) {
      signal?.throwIfAborted();
      parts.onProgress?.(span.stream, run.share);
      // Others have their turn.
      await setImmediate();
    }
    done.push({ span, census: run.census, sides: run.judged });
  }
  const gathered = { incidents, shownMax, ...seen(asked, done) };
  const [options, against = null] = sides.map((side, at) =>
    sideReport({
      ...gathered,
      plugins: side.plugins,
      tallies: done.flatMap((stream) => stream.sides[at]?.tally ?? []),
      episodes: done.flatMap((stream) => stream.sides[at]?.alarms.episodes ?? []),
    }),
  );
  if (options === undefined) throw new RangeError('a backtest has one side at least');
  return { ...headOf({ ...asked, learnFromMs }, done), options, against };
}

/** A stream that was judged. */
interface Done {
  readonly span: StreamSpan;
  readonly census: StreamBacktest['census'];
  readonly sides: readonly JudgedSide[];
}

/** What was there to be found, the same for every side. */
const seen = ({ fromMs, toMs, streams }: BacktestAsked, done: readonly Done[]) => ({
  watched: done.map(({ span, census }) => ({ series: census.series, spanMs: span.untilMs - span.fromMs })),
  // What nobody has judged yet cannot have been found yet; but of a time without any windows everything was missed.
  span: { fromMs, toMs: done.length === 0 ? toMs : Math.max(...done.map(({ span }) => span.untilMs)) },
  streams,
});

const headOf = (
  { fromMs, toMs, learnFromMs, asOfMs }: BacktestAsked & { readonly learnFromMs: number },
  done: readonly Done[],
): Omit<BacktestReport, 'options' | 'against'> => ({
  from: isoOf(fromMs),
  to: isoOf(toMs),
  learnFrom: isoOf(learnFromMs),
  asOf: asOfMs === undefined ? null : isoOf(asOfMs),
  streams: done.map(({ span, census: { windows, seriesWindows, series } }) => ({
    ...{ stream: span.stream, from: isoOf(span.fromMs), to: isoOf(span.untilMs) },
    ...{ windows, seriesWindows, series },
  })),
});

function refuseWrongTimes({ fromMs, toMs, learnFromMs = fromMs }: BacktestAsked): void {
  if (fromMs >= toMs) throw new BacktestRefused(`the time ends before it begins: ${isoOf(fromMs)} to ${isoOf(toMs)}`);
  if (learnFromMs > fromMs)
    throw new BacktestRefused(`learn from ${isoOf(fromMs)} on at the latest; got ${isoOf(learnFromMs)}`);
}

function refuseTooMany(spans: readonly StreamSpan[], sides: number, windowsMax = Number.POSITIVE_INFINITY): void {
  const windows =
    sides * spans.reduce((sum, { firstMs, untilMs, windowMs }) => sum + (untilMs - firstMs) / windowMs, 0);
  if (windows > windowsMax)
    throw new BacktestRefused(
      `these are ${String(windows)} windows to judge, at most ${String(windowsMax)} are allowed here: ask for a shorter time, fewer streams, or a later learnFrom; or use the command touchstone backtest, which has no bound`,
    );
}

async function rulesAndIncidents(
  { connection, config }: BacktestParts,
  asked: BacktestAsked,
): Promise<{ readonly rules: readonly Rule[]; readonly incidents: readonly IncidentSpec[] }> {
  const { database } = config.clickhouse;
  const rules = asked.rules ?? (await new ControlStore(connection, { database }).rules());
  const incidents =
    asked.incidents ?? (await new IncidentStore(connection, database).between(asked.fromMs, asked.toMs));
  return { rules: asked.rules === undefined && rules.length === 0 ? [DEFAULT_RULE] : rules, incidents };
}
