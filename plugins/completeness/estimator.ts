import type {
  ArrivalNews,
  Estimator,
  EstimatorHost,
  Json,
  OpenServer,
  OpenWindow,
  WindowEstimate,
} from '../../core/plugin.ts';
import { groundedEstimate } from './estimate/estimateWindow.ts';
import { History, type KeptHistory } from './estimate/history.ts';
import type { KnownServer, KnownWindow } from './estimate/knownWindow.ts';
import { memoOf, metricsIn, saidIn } from './estimate/memo.ts';
import { type KeptMetrics, MetricEstimates } from './estimate/metrics/metricEstimates.ts';
import type { MissingEvents } from './estimate/missingEvents.ts';

/** Of the servers that miss events, so many are named. */
const MISSING_MAX = 20;

/**
 * Says what open windows of one stream will come to: {@link groundedEstimate} over a {@link History}, each window of the stream being one cell of time. What it says and what its snapshot holds is a
 * function of what it was told. Keeps what its history keeps: per server about 1 kB at most, 270 kB for calibration, 2.3 kB per region; per sum or ratio that it is asked for
 * 24 bytes a server and 270 kB for calibration.
 */
export class OpenWindowEstimator implements Estimator {
  readonly #history: History;
  readonly #metrics: MetricEstimates;
  readonly #confidences: readonly number[];

  constructor({ windowMs, latenessMs, confidences, metrics }: EstimatorHost) {
    this.#confidences = confidences;
    this.#metrics = new MetricEstimates(metrics);
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
    const said = groundedEstimate(knownOf(open), this.#history, this.#confidences);
    const { observed, value, intervals, basis, standing, missing } = said.estimate;
    const { metrics, said: ofMetrics } = this.#metrics.estimate(open.servers, said);
    return {
      ...{ observed, value, intervals, basis, silentShare: standing.silentShare, missing: largestOf(missing), metrics },
      memo: memoOf(said.estimate, ofMetrics),
    };
  }

  settle(open: OpenWindow): void {
    this.#history.settled(knownOf(open));
    this.#metrics.settle(open.servers);
  }

  seal({ events, empty, memos, sums }: Parameters<Estimator['seal']>[0]): void {
    this.#history.sealed(
      { events, empty },
      memos.flatMap((memo) => saidIn(memo) ?? []),
    );
    if (sums !== undefined) this.#metrics.seal(events, sums, memos.flatMap(metricsIn));
  }

  keepOnly(servers: ReadonlySet<string>): void {
    this.#history.keepOnly(servers);
    this.#metrics.keepOnly(servers);
  }

  snapshot(): Json {
    return { ...this.#history.snapshot(), metrics: this.#metrics.snapshot() } as unknown as Json;
  }

  restore(state: Json): void {
    const kept = state as unknown as KeptHistory & { readonly metrics?: KeptMetrics };
    this.#history.restore(kept);
    // An older version knew of none.
    this.#metrics.restore(kept.metrics ?? {});
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
