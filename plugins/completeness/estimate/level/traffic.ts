import type { KnownServer, KnownWindow } from '../knownWindow.ts';

/**
 * Weights of the newest window: in a server's share, in the level of a slot of the day (once a day), in the ratio to it of late, in the spreads.
 * Those of a window that is shorter than the least slot are smaller: all windows of five minutes weigh together as one of five minutes would.
 */
const [SHARE_WEIGHT, SLOT_WEIGHT, RECENT_WEIGHT, SPREAD_WEIGHT, DISPERSION_WEIGHT] = [0.03, 0.3, 0.3, 0.02, 1e-4];
/** A slot is a cell when that is longer; so a day has at most 288. */
const [SLOT_MIN_MINUTES, DAY_MINUTES] = [5, 1_440];
/** Servers with less than this share together tell no level. */
const SHARES_MIN = 1e-9;

/** How far levels stray from what was expected: squared relative errors, and the variance of a count per count expected. */
export interface Spread {
  /** Of the fleet's level against the seasonal forecast. */
  readonly fleet: number;
  /** Of a region's level against the fleet's. */
  readonly region: number;
  /** Of a region's level in one cell against its level in the window. */
  readonly minute: number;
  /** Variance over mean of what one server sends in a window (1 for Poisson). */
  readonly dispersion: number;
}

interface RegionLevel {
  /** Events a cell of the whole region by slot of the day (UTC); 0 where no day was seen yet. */
  readonly slots: Float64Array<ArrayBuffer>;
  /** Level of late over the slot's. */
  recent: number;
  last: number;
}

/** What a server has of its region's level. */
interface Share {
  readonly region: string;
  readonly share: number;
}

/** Traffic as it stands in a snapshot. Older ones do not name a server's region. */
export interface KeptTraffic {
  readonly shares: readonly (readonly [server: string, share: number, region?: string])[];
  readonly regions: readonly (readonly [region: string, slots: readonly number[], recent: number, last: number])[];
  readonly spread: Spread;
  readonly windows: number;
}

/** What servers usually send: shares of their region, the region's level by time of day, and how far they stray. Learned from settled windows, told once each in order of time. */
export class Traffic {
  readonly #shares = new Map<string, Share>();
  readonly #regions = new Map<string, RegionLevel>();
  #spread: Spread = { fleet: 0.04, region: 0.01, minute: 0.001, dispersion: 2 };
  #windows = 0;
  readonly #cellMinutes: number;
  readonly #slotMinutes: number;
  /** How much of the least slot the window that is learned spans, 1 at most. */
  #slotShare = 1;

  /** `cellMinutes`: how much time a cell spans. */
  constructor(cellMinutes = 1) {
    this.#cellMinutes = cellMinutes;
    this.#slotMinutes = Math.max(SLOT_MIN_MINUTES, cellMinutes);
  }

  get spread(): Spread {
    return this.#spread;
  }

  /** How many windows it has learned from. */
  get windows(): number {
    return this.#windows;
  }

  /**
   * Events expected of a server in the cell that is `at` cells after a minute by the seasonal forecast; undefined when the server or its region is new. One that has moved to another
   * region is expected to send what it sent where it was, until it was learned where it is.
   */
  expected(server: string, { minute, at = 0 }: { minute: number; at?: number }): number | undefined {
    const known = this.#shares.get(server);
    const level = known && this.#levelOf(known.region, minute + at * this.#cellMinutes);
    return known === undefined || level === undefined ? undefined : known.share * level;
  }

  /** Learns from a window whose arrivals have settled: only cells that are whole count, so those who are still silent change nothing. */
  learn(known: KnownWindow): void {
    this.#slotShare = Math.min(1, (known.minutes * this.#cellMinutes) / SLOT_MIN_MINUTES);
    const byRegion = Map.groupBy(known.servers, ({ region }) => region);
    const ratios: { ratio: number; expected: number }[] = [];
    for (const [region, servers] of byRegion) {
      const ratio = this.#learnRegion(region, servers, known.startMinute);
      if (ratio !== undefined) ratios.push(ratio);
    }
    const expected = ratios.reduce((sum, part) => sum + part.expected, 0);
    if (expected > 0) this.#learnRatios(ratios, expected);
    this.#windows++;
  }

  keepOnly(servers: ReadonlySet<string>): void {
    for (const server of this.#shares.keys()) if (!servers.has(server)) this.#shares.delete(server);
  }

  snapshot(): KeptTraffic {
    const regions = [...this.#regions].map(
      ([region, { slots, recent, last }]) => [region, [...slots], recent, last] as const,
    );
    const shares = [...this.#shares].map(([server, { share, region }]) => [server, share, region] as const);
    return { shares, regions, spread: { ...this.#spread }, windows: this.#windows };
  }

  restore({ shares, regions, spread, windows }: KeptTraffic): void {
    this.#shares.clear();
    for (const [server, share, region] of shares) if (region !== undefined) this.#shares.set(server, { region, share });
    this.#regions.clear();
    for (const [region, slots, recent, last] of regions)
      this.#regions.set(region, { slots: Float64Array.from(slots), recent, last });
    this.#spread = { ...spread };
    this.#windows = windows;
  }

  #learnRatios(ratios: readonly { ratio: number; expected: number }[], expected: number): void {
    const fleet = ratios.reduce((sum, part) => sum + part.ratio * part.expected, 0) / expected;
    this.#stray('fleet', (fleet - 1) ** 2);
    if (fleet > 0) for (const { ratio } of ratios) this.#stray('region', (ratio / fleet - 1) ** 2);
  }

  /** Learns a region's shares and level; gives its level over what was forecast. */
  #learnRegion(
    region: string,
    servers: readonly KnownServer[],
    startMinute: number,
  ): { ratio: number; expected: number } | undefined {
    const isKnown = this.#regions.has(region) && servers.some(({ server }) => this.#shares.has(server));
    if (!isKnown) this.#begin(region, servers, startMinute);
    else for (const { server } of servers) this.#moveTo(region, server, startMinute);
    const minutes = servers[0]?.counts.length ?? 0;
    const levels = Array.from({ length: minutes }, (_, at) => this.#levelIn(servers, at));
    const seen = levels.filter((level) => level !== undefined);
    if (seen.length === 0) return undefined;
    const level = seen.reduce((sum, one) => sum + one, 0) / seen.length;
    if (level > 0) {
      for (const one of seen)
        this.#stray('minute', Math.max(0, (one / level - 1) ** 2 - this.#spread.dispersion / level));
      for (const server of servers) this.#learnServer(server, region, levels);
    }
    const forecast = this.#levelOf(region, startMinute);
    this.#learnLevel(region, startMinute, level);
    return forecast !== undefined && forecast > 0 ? { ratio: level / forecast, expected: forecast } : undefined;
  }

  /** A region that is new: those who come from others keep their proportions, and who is new is like the others. */
  #begin(region: string, servers: readonly KnownServer[], minute: number): void {
    const before = servers.map(({ server }) => this.expected(server, { minute }) ?? 0);
    const known = before.filter((events) => events > 0);
    const usual = known.length === 0 ? 1 : sumOf(known) / known.length;
    const events = before.map((one) => (one > 0 ? one : usual));
    const sum = sumOf(events);
    servers.forEach(({ server }, at) => this.#shares.set(server, { region, share: (events[at] ?? 0) / sum }));
  }

  /** A server that comes from another region goes on with what it had there, as a share of where it is. */
  #moveTo(region: string, server: string, minute: number): void {
    const known = this.#shares.get(server);
    if (known === undefined || known.region === region) return;
    const [events, level] = [this.expected(server, { minute }), this.#levelOf(region, minute)];
    if (events === undefined || level === undefined || !(level > 0)) this.#shares.delete(server);
    else this.#shares.set(server, { region, share: events / level });
  }

  /** The region's level in a cell by those that are there and whose share is known. */
  #levelIn(servers: readonly KnownServer[], at: number): number | undefined {
    let [events, shares] = [0, 0];
    for (const { server, counts, whole } of servers) {
      const known = this.#shares.get(server);
      if (known === undefined || whole[at] !== true) continue;
      events += counts[at] ?? 0;
      shares += known.share;
    }
    return shares > SHARES_MIN ? events / shares : undefined;
  }

  #learnServer({ server, counts, whole }: KnownServer, region: string, levels: readonly (number | undefined)[]): void {
    let [events, exposure] = [0, 0];
    for (const [at, level] of levels.entries()) {
      if (level === undefined || whole[at] !== true) continue;
      events += counts[at] ?? 0;
      exposure += level;
    }
    if (!(exposure > 0)) return;
    const share = this.#shares.get(server)?.share;
    if (share === undefined) {
      this.#shares.set(server, { region, share: events / exposure });
      return;
    }
    const expected = share * exposure;
    if (expected > 0) this.#stray('dispersion', Math.min(100, (events - expected) ** 2 / expected));
    const learned = share + this.#weight(SHARE_WEIGHT) * (events / exposure - share);
    this.#shares.set(server, { region, share: learned });
  }

  #learnLevel(region: string, minute: number, level: number): void {
    const known = this.#regions.get(region);
    const { slots } = known ?? { slots: new Float64Array(Math.ceil(DAY_MINUTES / this.#slotMinutes)) };
    const slot = this.#slotOf(minute);
    const usual = slots[slot] ?? 0;
    let recent = known?.recent ?? 1;
    if (usual > 0) recent += this.#weight(RECENT_WEIGHT) * (level / usual - recent);
    slots[slot] = usual > 0 ? usual + this.#weight(SLOT_WEIGHT) * (level - usual) : level;
    this.#regions.set(region, { slots, recent, last: level });
  }

  #levelOf(region: string, minute: number): number | undefined {
    const known = this.#regions.get(region);
    if (known === undefined) return undefined;
    const usual = known.slots[this.#slotOf(minute)] ?? 0;
    return usual > 0 ? usual * known.recent : known.last;
  }

  #stray(what: keyof Spread, squared: number): void {
    const [weight, perWindow] = what === 'dispersion' ? [DISPERSION_WEIGHT, 100] : [SPREAD_WEIGHT, 1];
    const faster = Math.max(this.#weight(weight), 1 / (2 + this.#windows * perWindow));
    this.#spread = { ...this.#spread, [what]: this.#spread[what] + faster * (squared - this.#spread[what]) };
  }

  #weight(ofSlot: number): number {
    return this.#slotShare === 1 ? ofSlot : 1 - (1 - ofSlot) ** this.#slotShare;
  }

  #slotOf(minute: number): number {
    return Math.floor((((minute % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES) / this.#slotMinutes);
  }
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
