import type { Json, NamedMetric, SeriesWindow } from '../../core/plugin.ts';
import { MetricJudge } from './metricJudge.ts';
import { parentsOf } from './told/parents.ts';
import type { SeriesModel } from './model/seriesModel.ts';
import { Slabs } from './kept/slabs.ts';

/** One series: a judge per metric, in the host's order of metrics, and when it was seen. */
export interface Known {
  /** Nothing once it is forgotten. */
  name: string | undefined;
  /** The first window in which it was shown, counted from the first one ever. */
  readonly first: number;
  /** The last one in which it had events, or the first; and in how many it had some. */
  last: number;
  there: number;
  /** What the judges knew before the incident that it is in. */
  before: readonly (Json | undefined)[] | undefined;
  readonly judges: (MetricJudge | undefined)[];
}

/** A series as it stands in a snapshot. */
interface KeptSeries {
  /** Older versions do not know these. */
  readonly first?: number;
  readonly there?: number;
  readonly last: number;
  readonly metrics: KeptMetrics;
  /** Only in an incident. */
  readonly before?: KeptMetrics;
}

type KeptMetrics = Readonly<Record<string, Json | undefined>>;

/** The dead are looked for so often in the time after which they are forgotten: looking at all series in each window would cost more than it frees. */
const SWEEPS = 8;

/**
 * The series that are known. One that had no events for `forgetWindows` is as if it had never been there, from then on; its memory is freed a little later.
 * It is counted in windows that were shown: neither clocks nor gaps, of which nothing is known, make anything forgotten, and it does not matter when a process began.
 */
export class KnownSeries {
  readonly #metrics: readonly NamedMetric[];
  readonly #forgetWindows: number;
  readonly #series = new Map<string, Known>();
  /** In the order in which they were shown last, which is mostly that of the next window: looking them up by name costs more. The place of the next one. */
  readonly #order: Known[] = [];
  #next = 0;
  #slabs = new Slabs();
  /** Windows shown ever, and how many it were when the dead were last looked for. */
  #shown = 0;
  #swept = 0;

  constructor(metrics: readonly NamedMetric[], forgetWindows: number) {
    this.#metrics = metrics;
    this.#forgetWindows = forgetWindows;
  }

  /** Where the numbers of its judges lie. */
  get slabs(): Slabs {
    return this.#slabs;
  }

  /** Windows shown ever. */
  get shown(): number {
    return this.#shown;
  }

  /** Series that take memory. */
  get size(): number {
    return this.#series.size;
  }

  /** A window begins. */
  advance(): void {
    this.#shown++;
    this.#order.length = this.#next;
    this.#next = 0;
    if (this.#shown - this.#swept < this.#forgetWindows / SWEEPS) return;
    this.#swept = this.#shown;
    for (const [name, known] of this.#series) if (this.#isForgotten(known)) this.#forget(name, known);
  }

  /**
   * A series that is shown; notes whether it has events. In an incident its judges learn what holds in it, so as to judge it as they judge anything, and at its end they
   * know what they knew before it.
   */
  seen({ series: name, events, isIncident = false }: SeriesWindow): Known {
    let known = this.#lookedUp(name);
    if (known !== undefined && this.#isForgotten(known)) known = this.#forget(name, known);
    if (known === undefined) {
      const judges = this.#metrics.map(() => undefined);
      known = { name, first: this.#shown, last: this.#shown, there: 0, before: undefined, judges };
      this.#series.set(name, known);
    }
    this.#order[this.#next++] = known;
    if (events > 0) {
      known.last = this.#shown;
      known.there++;
    }
    if (isIncident) known.before ??= known.judges.map((judge) => judge?.snapshot());
    else if (known.before !== undefined) goBack(known.judges, known.before);
    if (!isIncident) known.before = undefined;
    return known;
  }

  #lookedUp(name: string): Known | undefined {
    const next = this.#order[this.#next];
    return next?.name === name ? next : this.#series.get(name);
  }

  #forget(name: string, known: Known): undefined {
    for (const judge of known.judges) judge?.release();
    known.name = undefined;
    this.#series.delete(name);
  }

  /**
   * Whether it is silent, and had events in fewer windows than the stream had been without it, of which at most `windowsMax` count: what came with a fault ends with
   * it. What was there from the beginning is never such a guest.
   */
  isGuestGone({ first, last, there }: Known, windowsMax: number): boolean {
    return last !== this.#shown && there < Math.min(first - 1, windowsMax);
  }

  /** The judge of a metric, if there is one. */
  judgeOf(name: string, metric: string): MetricJudge | undefined {
    return this.#series.get(name)?.judges[this.#metrics.findIndex((one) => one.name === metric)];
  }

  /** The model of the finest series that has this one as a part, of those that learned so many windows or more and are in no incident; by the place of the metric. */
  parentOf(name: string, place: number, learnWindows: number): SeriesModel | undefined {
    for (const parent of parentsOf(name)) {
      const known = this.#series.get(parent);
      const model = known?.before === undefined ? known?.judges[place]?.model : undefined;
      if (model !== undefined && model.windows >= learnWindows) return model;
    }
    return undefined;
  }

  /** In the order of names: the same bytes whether the series came one after another or all at once out of a snapshot. */
  *snapshot(): Iterable<readonly [name: string, state: Json]> {
    for (const name of [...this.#series.keys()].sort()) {
      const known = this.#series.get(name);
      if (known === undefined || this.#isForgotten(known)) continue;
      const { first, last, there, judges, before } = known;
      const metrics = this.#byName(judges.map((judge) => judge?.snapshot()));
      yield [name, { first, last, there, metrics, ...(before === undefined ? {} : { before: this.#byName(before) }) }];
    }
  }

  /** Forgets all; `shown` windows were shown before. */
  clear(shown: number): void {
    this.#series.clear();
    this.#order.length = this.#next = 0;
    this.#slabs = new Slabs();
    this.#shown = this.#swept = shown;
  }

  /** Takes one series out of a snapshot. What an older version wrote has another form: such a series is learned anew. */
  restore(name: string, state: Json): void {
    const { first = 1, last, there = 0, metrics, before } = state as unknown as Partial<KeptSeries>;
    if (typeof last !== 'number' || metrics === undefined) return;
    const judges = this.#inOrder(metrics).map((kept) =>
      kept === undefined ? undefined : MetricJudge.restored(kept, this.#slabs),
    );
    this.#series.set(name, { name, first, last, there, judges, before: before && this.#inOrder(before) });
  }

  #byName(states: readonly (Json | undefined)[]): Record<string, Json> {
    const named = this.#metrics.map(({ name }, place) => [name, states[place]] as const);
    return Object.fromEntries(named.filter((one): one is readonly [string, Json] => one[1] !== undefined));
  }

  #inOrder(kept: KeptMetrics): (Json | undefined)[] {
    return this.#metrics.map(({ name }) => (Object.hasOwn(kept, name) ? kept[name] : undefined));
  }

  #isForgotten({ last }: Known): boolean {
    return this.#shown - last > this.#forgetWindows;
  }
}

/** Puts judges back to what they knew before an incident. */
function goBack(judges: (MetricJudge | undefined)[], before: readonly (Json | undefined)[]): void {
  judges.forEach((judge, place) => {
    const kept = before[place];
    judges[place] = kept === undefined ? undefined : judge?.wentBack(kept);
    judge?.release();
  });
}
