import type { Finding } from '../../findings/finding.ts';
import type { Clock } from '../../time/wallClock.ts';
import { limitFinding } from './ownFindings.ts';
import type { StreamIngest } from './streamIngest.ts';

/** The same limit is not told again for so long. */
const QUIET_MS = 600_000;

/** Notices when a stream reaches one of its limits: then memory stays bounded, and somebody must know what was given up for it. */
export class LimitWatch {
  readonly #database: string;
  readonly #clock: Clock;
  /** By stream and limit: when it was told last, and how far it had gone then. */
  readonly #told = new Map<string, { readonly atMs: number; readonly reached: number }>();

  constructor(database: string, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Findings about limits that were reached since it was asked last. */
  look(stream: StreamIngest): Finding[] {
    const { indexes, windowsDropped, openWindowsMax } = stream.windows;
    const full = indexes.filter((index) => index.isFull);
    return [
      ...this.#tell(
        stream,
        { limit: 'limits.openWindowsMax', reached: windowsDropped },
        () =>
          `more than ${String(openWindowsMax)} windows of one file were open at a time; ${String(windowsDropped)} were written out early. Nothing is lost; events that still come for them cost more.`,
      ),
      ...this.#tell(
        stream,
        { limit: 'limits.seriesMax', reached: full.length },
        () =>
          `the cut by ${full.map(({ cut }) => cut.join(' and ')).join(', ')} has ${String(full[0]?.size ?? 0)} series; events of further ones count in (other).`,
      ),
    ];
  }

  #tell({ schema, config }: StreamIngest, { limit, reached }: Reached, detail: () => string): Finding[] {
    const key = `${schema.name} ${limit}`;
    const told = this.#told.get(key);
    if (reached <= (told?.reached ?? 0)) return [];
    const nowMs = this.#clock();
    if (told !== undefined && nowMs - told.atMs < QUIET_MS) return [];
    this.#told.set(key, { atMs: nowMs, reached });
    const at = { database: this.#database, stream: schema.name, windowMs: config.windowMs, nowMs };
    return [limitFinding(limit, detail(), at)];
  }
}

interface Reached {
  readonly limit: string;
  /** How far beyond; 0 when it was not reached. */
  readonly reached: number;
}
