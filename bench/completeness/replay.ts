import { ArrivalOrder } from './arrivalOrder.ts';
import type { SimulatedFleet } from './simulatedFleet.ts';
import type { KnownServer, KnownWindow } from '../../plugins/completeness/estimate/knownWindow.ts';
import { type Estimate, estimateWindow, groundedEstimate } from '../../plugins/completeness/estimate/estimateWindow.ts';
import { estimateRatio, type RatioEstimate } from '../../plugins/completeness/estimate/metrics/estimateRatio.ts';
import { estimateSum, type SumEstimate } from '../../plugins/completeness/estimate/metrics/estimateSum.ts';
import { History } from '../../plugins/completeness/estimate/history.ts';
import { zOf } from '../../plugins/completeness/estimate/law/normalMixture.ts';
import { RatioHistory, type RatioParts } from '../../plugins/completeness/estimate/metrics/ratioHistory.ts';
import type { Forecast } from './forecast.ts';
import { PooledPeers } from './pooledPeers.ts';

export const WINDOW_MINUTES = 5;
export const AGES_MINUTES = [0, 1, 5, 15, 30] as const;
/** A window's arrivals have settled after an hour, as far as shares and levels go. */
const SETTLED_MINUTES = 60;
/** When it is asked whether a window is ready, in minutes after its end, until it is; and what ready means. */
const ASKED_MINUTES = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1_080];
const READY_HALF_WIDTH = 0.01;

/** All that was said of one window, and what came true. */
export interface WindowRecord {
  readonly startMinute: number;
  readonly deadShare: number;
  readonly observed: number[];
  readonly ours: Estimate[];
  readonly fillRates: RatioEstimate[];
  readonly revenues: SumEstimate[];
  readonly peers: Map<string, Forecast>[];
  readyMinutes: number | undefined;
  /** The arrival of the last of what ever came, in minutes after the window's end; and whether nothing was missing then. */
  lastMinutes: number;
  isComplete: boolean;
  final: number;
  finalFillRate: number | undefined;
  finalRevenue: number;
}

/** What servers send beside events, at the end of each minute: nothing, packets that tell only that they live, or packets that tell how many events they had, too. */
export type Packets = 'none' | 'beats' | 'counts';

/** Plays a fleet minute by minute to all methods, each told only what has arrived by then; gives the windows that were sealed, in order. */
export class Replay {
  readonly #fleet: SimulatedFleet;
  readonly #latenessMinutes: number;
  readonly #history: History;
  readonly #ratios = new RatioHistory();
  readonly #sums = new RatioHistory();
  readonly #pooled = new PooledPeers();
  readonly #open = new Map<number, WindowRecord>();
  readonly records: WindowRecord[] = [];

  readonly #packets: Packets;

  constructor(fleet: SimulatedFleet, latenessMinutes: number, packets: Packets) {
    this.#fleet = fleet;
    this.#packets = packets;
    this.#latenessMinutes = latenessMinutes;
    this.#history = new History(latenessMinutes);
  }

  run(): void {
    const { minutes, names, regionNames } = this.#fleet;
    const arrivals = new ArrivalOrder(this.#fleet);
    for (let now = 1; now <= minutes; now++) {
      for (const cell of arrivals.until(now)) {
        const server = Math.floor(cell / minutes);
        const place = { server: names[server] ?? '', region: regionNames[server] ?? '' };
        this.#history.silences.arrived(place, cell % minutes, this.#fleet.arrivedMinute[cell] ?? Infinity);
      }
      if (this.#packets !== 'none') this.#hearPackets(now);
      this.#history.silences.advance(now);
      this.#judge(now);
    }
  }

  /** Packets of the minute before come at its end. */
  #hearPackets(now: number): void {
    const { names, minutes, mute } = this.#fleet;
    for (const [index, server] of names.entries())
      if (mute[index * minutes + now - 1] === 0) this.#history.silences.beat(server, now);
  }

  #judge(now: number): void {
    for (const [age, minutes] of AGES_MINUTES.entries()) {
      const start = now - minutes - WINDOW_MINUTES;
      if (start >= 0 && start % WINDOW_MINUTES === 0) this.#estimate(start, now, age);
    }
    for (const minutes of ASKED_MINUTES) this.#askReady(now - minutes - WINDOW_MINUTES, now);
    const settled = now - SETTLED_MINUTES - WINDOW_MINUTES;
    if (settled >= 0 && settled % WINDOW_MINUTES === 0) {
      const known = this.#known(settled, now);
      this.#history.settled(known);
      this.#ratios.learn(this.#ratioParts(settled, now));
      this.#sums.learn(this.#revenueParts(settled, now));
    }
    const sealed = now - this.#latenessMinutes - WINDOW_MINUTES;
    if (sealed >= 0 && sealed % WINDOW_MINUTES === 0) this.#seal(sealed, now);
  }

  #estimate(start: number, now: number, age: number): void {
    const record = this.#recordOf(start);
    const known = this.#known(start, now);
    const grounded = groundedEstimate(known, this.#history, [0.8, 0.95]);
    const ours = grounded.estimate;
    record.ours[age] = ours;
    record.observed[age] = ours.observed;
    record.fillRates[age] = estimateRatio(this.#ratioParts(start, now), ours, this.#ratios);
    record.revenues[age] = estimateSum(this.#revenueParts(start, now), grounded, this.#sums);
    const peers = new Map<string, Forecast>([['fixed delay', this.#pooled.fixedDelay(ours.observed)]]);
    if (this.#pooled.isReady) {
      peers.set('chain ladder, Mack', this.#pooled.chainLadder(record.observed.slice(0, age + 1)));
      peers.set('negative binomial', this.#pooled.negativeBinomial(age, ours.observed));
    }
    record.peers[age] = peers;
  }

  #askReady(start: number, now: number): void {
    const record = this.#open.get(start);
    if (record === undefined || record.readyMinutes !== undefined) return;
    const { value, intervals } = estimateWindow(this.#known(start, now), this.#history, [0.95]);
    const [interval] = intervals;
    if (interval !== undefined && interval.high - interval.low <= 2 * READY_HALF_WIDTH * value)
      record.readyMinutes = now - start - WINDOW_MINUTES;
  }

  #seal(start: number, now: number): void {
    const record = this.#open.get(start);
    if (record === undefined) return;
    this.#open.delete(start);
    const known = this.#known(start, now);
    record.final = sumOf(known.servers.flatMap(({ counts }) => counts));
    record.isComplete = known.servers.every(({ whole }) => whole.every(Boolean));
    record.lastMinutes = this.#lastArrival(start, now);
    const parts = this.#ratioParts(start, now);
    const denominator = sumOf(parts.map((part) => part.denominator));
    if (denominator > 0) record.finalFillRate = sumOf(parts.map((part) => part.numerator)) / denominator;
    const empty = sumOf(known.servers.map(({ whole }) => whole.filter((isWhole) => !isWhole).length));
    this.#history.sealed({ events: record.final, empty }, record.ours);
    for (const { law, standing, bounds } of record.fillRates)
      if (law.length > 0 && record.finalFillRate !== undefined)
        this.#ratios.conformal.learn(standing, zOf(law, record.finalFillRate), bounds);
    record.finalRevenue = sumOf(this.#revenueParts(start, now).map((part) => part.numerator));
    for (const { law, standing, bounds } of record.revenues)
      if (law.length > 0) this.#sums.conformal.learn(standing, zOf(law, record.finalRevenue), bounds);
    this.#pooled.sealed({ byAge: record.observed, final: record.final });
    this.records.push(record);
  }

  #recordOf(startMinute: number): WindowRecord {
    let record = this.#open.get(startMinute);
    if (record === undefined) {
      const dead = this.#fleet.deadShare.subarray(startMinute, startMinute + WINDOW_MINUTES);
      record = {
        startMinute,
        deadShare: sumOf([...dead]) / WINDOW_MINUTES,
        observed: [],
        ours: [],
        fillRates: [],
        revenues: [],
        peers: [],
        readyMinutes: undefined,
        lastMinutes: 0,
        isComplete: false,
        final: 0,
        finalFillRate: undefined,
        finalRevenue: 0,
      };
      this.#open.set(startMinute, record);
    }
    return record;
  }

  #known(startMinute: number, nowMinute: number): KnownWindow {
    const { names, regionNames, minutes, counts, arrivedMinute, announced, mute } = this.#fleet;
    const servers = names.map((server, index): KnownServer => {
      const cells = Array.from({ length: WINDOW_MINUTES }, (_, at) => index * minutes + startMinute + at);
      const whole = cells.map((cell) => (arrivedMinute[cell] ?? Infinity) <= nowMinute);
      const received = cells.map((cell, at) => (whole[at] === true ? (counts[cell] ?? 0) : 0));
      const known = { server, region: regionNames[index] ?? '', counts: received, whole };
      if (this.#packets !== 'counts') return known;
      return { ...known, announced: cells.map((cell) => (mute[cell] === 0 ? announced[cell] : undefined)) };
    });
    return { startMinute, minutes: WINDOW_MINUTES, nowMinute, servers };
  }

  #ratioParts(startMinute: number, nowMinute: number): readonly RatioParts[] {
    const { names, minutes, counts, filled, arrivedMinute } = this.#fleet;
    return names.map((server, index) => {
      let [numerator, denominator] = [0, 0];
      for (let cell = index * minutes + startMinute, at = 0; at < WINDOW_MINUTES; at++, cell++) {
        if ((arrivedMinute[cell] ?? Infinity) > nowMinute) continue;
        numerator += filled[cell] ?? 0;
        denominator += counts[cell] ?? 0;
      }
      return { server, numerator, denominator };
    });
  }

  /** Servers earn 1 to 10 with what they fill, so that a few make up most of it. */
  #revenueParts(startMinute: number, nowMinute: number): readonly RatioParts[] {
    return this.#ratioParts(startMinute, nowMinute).map((part, index) => ({
      ...part,
      numerator: part.numerator * (1 + (index % 10)),
    }));
  }

  #lastArrival(startMinute: number, nowMinute: number): number {
    const { names, minutes, arrivedMinute } = this.#fleet;
    let last = 0;
    for (let server = 0; server < names.length; server++) {
      for (let at = 0; at < WINDOW_MINUTES; at++) {
        const arrived = arrivedMinute[server * minutes + startMinute + at] ?? Infinity;
        if (arrived <= nowMinute) last = Math.max(last, arrived);
      }
    }
    return Math.max(0, last - startMinute - WINDOW_MINUTES);
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
