import type {
  ArrivalNews,
  Estimator,
  EstimatorHost,
  Json,
  OpenServer,
  OpenWindow,
  WindowEstimate,
} from '../../core/plugin.ts';
import { estimateWindow } from './estimate/estimateWindow.ts';
import { History, type KeptHistory } from './estimate/history.ts';
import type { KnownServer, KnownWindow } from './estimate/knownWindow.ts';
import { memoOf, saidIn } from './estimate/memo.ts';
import type { MissingEvents } from './estimate/missingEvents.ts';

/** Of the servers that miss events, so many are named. */
const MISSING_MAX = 20;

/**
 * Says what open windows of one stream will come to: {@link estimateWindow} over a {@link History}, each window of the stream being one cell of time. What it says and what its snapshot holds is a
 * function of what it was told. Keeps what its history keeps: per server about 1 kB at most, 270 kB for calibration, 2.3 kB per region.
 */
export class OpenWindowEstimator implements Estimator {
  readonly #history: History;
  readonly #confidences: readonly number[];

  constructor({ windowMs, latenessMs, confidences }: EstimatorHost) {
    this.#confidences = confidences;
    this.#history = new History(minutesOf(latenessMs), minutesOf(windowMs));
  }

  hear({ whole, beats, nowMs }: ArrivalNews): void {
    const { silences } = this.#history;
    for (const { server, region, startMs, arrivedAtMs } of whole)
      silences.arrived({ server, region }, minutesOf(startMs), minutesOf(arrivedAtMs));
    for (const { server, arrivedAtMs } of beats) silences.beat(server, minutesOf(arrivedAtMs));
    silences.advance(minutesOf(nowMs));
  }

  estimate(open: OpenWindow): WindowEstimate {
    const said = estimateWindow(knownOf(open), this.#history, this.#confidences);
    const { observed, value, intervals, basis, standing, missing } = said;
    const { silentShare } = standing;
    return { observed, value, intervals, basis, silentShare, missing: largestOf(missing), memo: memoOf(said) };
  }

  settle(open: OpenWindow): void {
    this.#history.settled(knownOf(open));
  }

  seal({ events, empty, memos }: Parameters<Estimator['seal']>[0]): void {
    this.#history.sealed(
      { events, empty },
      memos.flatMap((memo) => saidIn(memo) ?? []),
    );
  }

  keepOnly(servers: ReadonlySet<string>): void {
    this.#history.keepOnly(servers);
  }

  snapshot(): Json {
    return this.#history.snapshot() as unknown as Json;
  }

  restore(state: Json): void {
    this.#history.restore(state as unknown as KeptHistory);
  }
}

const minutesOf = (ms: number): number => ms / 60_000;

const knownOf = ({ startMs, nowMs, servers }: OpenWindow): KnownWindow => ({
  startMinute: minutesOf(startMs),
  minutes: 1,
  nowMinute: minutesOf(nowMs),
  servers: servers.map(knownServerOf),
});

const knownServerOf = ({ server, region, received, whole, announced }: OpenServer): KnownServer => ({
  server,
  region,
  counts: [received],
  whole: [whole],
  announced: [announced],
});

/** The servers that miss most; of one whose events have several fates the sum, and how likely one of them comes. */
const largestOf = (missing: readonly MissingEvents[]): WindowEstimate['missing'] =>
  [...Map.groupBy(missing, ({ server }) => server)]
    .map(([server, parts]) => {
      const events = parts.reduce((sum, part) => sum + part.events, 0);
      const late = parts.reduce((sum, part) => sum + part.events * part.lateProbability, 0);
      return { server, events, lateProbability: Math.min(1, late / events) };
    })
    .sort((a, b) => b.events - a.events)
    .slice(0, MISSING_MAX);
