import type { MetricEstimate, NamedMetric, OpenServer } from '../../../../core/plugin.ts';
import { type RatioEstimate, estimateRatio } from './estimateRatio.ts';
import { estimateSum } from './estimateSum.ts';
import type { Estimate } from '../estimateWindow.ts';
import { isJudged } from '../history.ts';
import type { MissingEvents } from '../missingEvents.ts';
import type { Grounds } from '../law/missingLaw.ts';
import { zOf } from '../law/normalMixture.ts';
import { ratesOf, totalsOf } from './rates.ts';
import { type KeptRatios, RatioHistory, type RatioParts } from './ratioHistory.ts';

/** What is learned of a metric's estimate when its final value is known. */
export interface MetricSaid extends Pick<RatioEstimate, 'law' | 'standing' | 'bounds'> {
  readonly metric: string;
}

/** What is known of all metrics as it stands in a snapshot, by what it is known of: plain JSON. */
export type KeptMetrics = Readonly<Record<string, KeptRatios>>;

type Sums = Readonly<Record<string, number>>;
type Servers = readonly Pick<OpenServer, 'server' | 'received' | 'sums'>[];

const EVENTS = 'events';

/** What sums and ratios of one stream's windows will come to, beside their events; what it learned is kept per aggregate and per pair of a ratio. */
export class MetricEstimates {
  readonly #asked: readonly NamedMetric[];
  readonly #histories = new Map<string, RatioHistory>();

  constructor(asked: readonly NamedMetric[]) {
    this.#asked = asked.filter(({ metric }) => metric.kind !== 'quantile');
  }

  /** What the metrics will come to, and what is to be kept until the final values are known. */
  estimate(
    servers: Servers,
    of: { readonly estimate: Estimate; readonly grounds: Grounds },
  ): { readonly metrics: MetricEstimate[]; readonly said: MetricSaid[] } {
    const all = this.#asked.map((asked) => this.#estimateOne(asked, servers, of));
    const said = all.flatMap(({ metric, law, standing, bounds }) =>
      law.length > 0 && isJudged(of.estimate.basis) ? [{ metric, law, standing, bounds }] : [],
    );
    const metrics = all.map(({ metric, observed, value, intervals }) => ({ metric, observed, value, intervals }));
    return { metrics, said };
  }

  /** Learns from a window whose arrivals have settled. */
  settle(servers: Servers): void {
    for (const [key, [numerator, denominator]] of this.#pairs())
      this.#historyOf(key).learn(partsOf(servers, numerator, denominator));
  }

  /** The final values are known: how far off were the estimates? */
  seal(events: number, sums: Sums, said: readonly MetricSaid[]): void {
    for (const { metric, law, standing, bounds } of said) {
      const asked = this.#asked.find(({ name }) => name === metric);
      const final = asked && finalOf(asked, { ...sums, [EVENTS]: events });
      if (asked !== undefined && final !== undefined)
        this.#historyOf(keyOf(asked)).conformal.learn(standing, zOf(law, final), bounds);
    }
  }

  keepOnly(servers: ReadonlySet<string>): void {
    for (const history of this.#histories.values()) history.keepOnly(servers);
  }

  snapshot(): KeptMetrics {
    return Object.fromEntries([...this.#histories].map(([key, history]) => [key, history.snapshot()]));
  }

  restore(kept: KeptMetrics): void {
    this.#histories.clear();
    for (const [key, one] of Object.entries(kept)) this.#historyOf(key).restore(one);
  }

  #estimateOne(
    asked: NamedMetric,
    servers: Servers,
    of: { readonly estimate: Estimate; readonly grounds: Grounds },
  ): RatioEstimate & MetricEstimate {
    const [numerator, denominator] = pairOf(asked);
    const known = partsOf(servers, numerator, denominator);
    const [above, below] = totalsOf(known);
    const history = this.#historyOf(keyOf(asked));
    if (asked.metric.kind === 'value')
      return { ...estimateSum(known, of, history), metric: asked.name, observed: above };
    const missing = this.#missingOf(denominator, servers, of.estimate.missing);
    const estimate = estimateRatio(known, { ...of.estimate, missing }, history);
    return { ...estimate, metric: asked.name, observed: below > 0 ? above / below : undefined };
  }

  /** What is missing of a ratio's denominator. */
  #missingOf(aggregate: string, servers: Servers, missing: readonly MissingEvents[]): readonly MissingEvents[] {
    if (aggregate === EVENTS) return missing;
    const rates = ratesOf(partsOf(servers, aggregate, EVENTS), this.#historyOf(aggregate));
    return missing.map((one) => ({ ...one, events: Math.max(0, rates.of(one.server) ?? 0) * one.events }));
  }

  /** What is learned: of ratios their two aggregates, of sums and denominators the aggregate by event. */
  #pairs(): ReadonlyMap<string, readonly [numerator: string, denominator: string]> {
    const pairs = new Map(this.#asked.map((asked) => [keyOf(asked), pairOf(asked)] as const));
    for (const [, denominator] of [...pairs.values()])
      if (denominator !== EVENTS) pairs.set(denominator, [denominator, EVENTS]);
    return pairs;
  }

  #historyOf(key: string): RatioHistory {
    let history = this.#histories.get(key);
    if (history === undefined) this.#histories.set(key, (history = new RatioHistory()));
    return history;
  }
}

function pairOf({ metric }: NamedMetric): readonly [numerator: string, denominator: string] {
  return metric.kind === 'ratio' ? [metric.numerator, metric.denominator] : [metric.aggregate, EVENTS];
}

/** A name of an aggregate has no `/`. */
const keyOf = ({ metric }: NamedMetric): string =>
  metric.kind === 'ratio' ? `${metric.numerator}/${metric.denominator}` : metric.aggregate;

const sumOf = (aggregate: string, { received, sums }: Servers[number]): number =>
  aggregate === EVENTS ? received : (sums?.[aggregate] ?? 0);

const partsOf = (servers: Servers, numerator: string, denominator: string): RatioParts[] =>
  servers
    .filter(({ sums }) => sums !== undefined)
    .map((one) => ({
      ...{ server: one.server, numerator: sumOf(numerator, one), denominator: sumOf(denominator, one) },
    }));

function finalOf(asked: NamedMetric, sums: Sums): number | undefined {
  const [numerator, denominator] = pairOf(asked);
  const above = sums[numerator];
  if (asked.metric.kind !== 'ratio' || above === undefined) return above;
  const below = sums[denominator];
  return below !== undefined && below > 0 ? above / below : undefined;
}
