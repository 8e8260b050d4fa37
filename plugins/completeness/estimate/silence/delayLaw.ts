const BINS = 20;
/** End of the first bin in minutes; each next one ends 1.5 times later, so the last begins after 110 minutes. */
const FIRST_END_MINUTES = 0.05;
const STEP = 1.5;
/** Arrivals after which the past of a server is halved, where nothing else is said. */
const REMEMBERED = 5_000;

/** Bytes that the law keeps for one server. */
export const DELAY_LAW_BYTES_PER_SERVER = 4 * (BINS + 1);

/** A delay law as it stands in a snapshot: per server the bins and their sum. */
export type KeptDelays = readonly (readonly [server: string, row: readonly number[]])[];

/**
 * How long after a cell's end its data arrives, per server: a histogram of delays in bins that grow by half, the past halved every 5,000 arrivals.
 * 84 bytes per server, whatever comes.
 */
export class DelayLaw {
  readonly #servers = new Map<string, Float32Array>();
  readonly #remembered: number;

  constructor(remembered = REMEMBERED) {
    this.#remembered = remembered;
  }

  /** The data of one cell of a server arrived so many minutes after the cell's end. */
  learn(server: string, delayMinutes: number): void {
    let row = this.#servers.get(server);
    if (row === undefined) this.#servers.set(server, (row = new Float32Array(BINS + 1)));
    const bin = binOf(delayMinutes);
    row[bin] = (row[bin] ?? 0) + 1;
    const total = (row[BINS] = (row[BINS] ?? 0) + 1);
    if (total > this.#remembered) for (let at = 0; at <= BINS; at++) row[at] = (row[at] ?? 0) / 2;
  }

  /** Share of a server's cells that arrive within so many minutes, by whole bins (never more than is so); undefined for a server never heard. */
  shareWithin(server: string, minutes: number): number | undefined {
    const row = this.#servers.get(server);
    if (row === undefined) return undefined;
    const bin = binOf(minutes);
    let within = 0;
    for (let at = 0; at < bin; at++) within += row[at] ?? 0;
    return within / (row[BINS] ?? 1);
  }

  /** Probability that a cell of a server that is to come takes longer than so many minutes, by whole bins (never less than is so), as if one more had: above 0, and 1 for a server never heard. */
  lasting(server: string, minutes: number): number {
    const total = this.#servers.get(server)?.[BINS] ?? 0;
    return 1 - ((this.shareWithin(server, minutes) ?? 0) * total) / (total + 1);
  }

  /** The delay in minutes within which that share of a server's cells arrives, the end of its bin; undefined for a server never heard. */
  quantileMinutes(server: string, share: number): number | undefined {
    const row = this.#servers.get(server);
    if (row === undefined) return undefined;
    const wanted = share * (row[BINS] ?? 0);
    let within = 0;
    for (let at = 0; at < BINS; at++) {
      within += row[at] ?? 0;
      if (within >= wanted) return endOf(at);
    }
    return endOf(BINS - 1);
  }

  /** Forgets all servers but these. */
  keepOnly(servers: ReadonlySet<string>): void {
    for (const server of this.#servers.keys()) if (!servers.has(server)) this.#servers.delete(server);
  }

  snapshot(): KeptDelays {
    return [...this.#servers].map(([server, row]) => [server, [...row]]);
  }

  restore(kept: KeptDelays): void {
    this.#servers.clear();
    for (const [server, row] of kept) this.#servers.set(server, Float32Array.from(row));
  }
}

const endOf = (bin: number): number => FIRST_END_MINUTES * STEP ** bin;

function binOf(minutes: number): number {
  if (!(minutes > FIRST_END_MINUTES)) return 0;
  return Math.min(BINS - 1, Math.ceil(Math.log(minutes / FIRST_END_MINUTES) / Math.log(STEP)));
}
