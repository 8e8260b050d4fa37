import type { CheckHost, Json } from '../../core/plugin.ts';
import { AlarmRate } from './alarm/alarmRate.ts';
import type { OutlierOptions } from './options.ts';
import { Peers } from './model/peers.ts';
import type { SeriesModel } from './model/seriesModel.ts';
import { type Tail, Tails } from './model/tails.ts';

/** What the series know together of one metric. */
export interface MetricPool {
  /** By span. */
  readonly tails: readonly Tail[];
  readonly peers: Peers;
  /** Where a rate of alarms is stated. */
  readonly rate: AlarmRate | undefined;
  /** The grown model of the finest series that has this one as a part. */
  readonly parentOf: (series: string) => SeriesModel | undefined;
}

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

/** The pools of all metrics, in the host's order. */
export class MetricPools {
  readonly #names: readonly string[];
  readonly #tails: Tails;
  readonly #peers: readonly Peers[];
  readonly #rates: readonly (AlarmRate | undefined)[];
  readonly #parentOf: (series: string, place: number) => SeriesModel | undefined;
  #pools: readonly MetricPool[];

  constructor(
    { metrics, windowMs }: CheckHost,
    { falseAlarmsPerSeriesMonth: stated, rarityMax }: OutlierOptions,
    parentOf: (series: string, place: number) => SeriesModel | undefined,
  ) {
    this.#names = metrics.map(({ name }) => name);
    this.#tails = new Tails(this.#names);
    this.#peers = metrics.map(() => new Peers());
    this.#rates = metrics.map(() =>
      stated === undefined
        ? undefined
        : new AlarmRate({
            perWindow: (stated / metrics.length) * (windowMs / MONTH_MS),
            dayWindows: DAY_MS / windowMs,
            sizeBefore: -Math.log10(rarityMax),
          }),
    );
    this.#parentOf = parentOf;
    this.#pools = this.#together();
  }

  of(place: number): MetricPool | undefined {
    return this.#pools[place];
  }

  /** A window begins. */
  advance(): void {
    for (const rate of this.#rates) rate?.advance();
  }

  snapshot(): Required<KeptPools> {
    const byName = (states: readonly (Json | undefined)[]): Kept =>
      Object.fromEntries(
        this.#names.flatMap((name, at) => {
          const state = states[at];
          return state === undefined ? [] : [[name, state]];
        }),
      );
    return {
      tails: this.#tails.snapshot(),
      peers: byName(this.#peers.map((peers) => peers.snapshot())),
      rates: byName(this.#rates.map((rate) => rate?.snapshot())),
    };
  }

  restore({ tails, peers, rates }: KeptPools = {}): void {
    this.#tails.restore(tails);
    this.#names.forEach((name, at) => {
      this.#peers[at]?.restore(peers?.[name]);
      this.#rates[at]?.restore(rates?.[name]);
    });
    this.#pools = this.#together();
  }

  #together(): MetricPool[] {
    return this.#names.map((_, place) => ({
      tails: this.#tails.of(place),
      peers: this.#peers[place] ?? new Peers(),
      rate: this.#rates[place],
      parentOf: (series) => this.#parentOf(series, place),
    }));
  }
}

type Kept = Readonly<Record<string, Json>>;

/** What the series know together, as it stands in a snapshot; an older version knew the tails only. */
export interface KeptPools {
  readonly tails?: Json;
  readonly peers?: Kept;
  readonly rates?: Kept;
}
