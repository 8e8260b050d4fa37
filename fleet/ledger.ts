import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFault } from './faultPlan.ts';
import type { FleetOptions } from './options.ts';
import type { Stream } from './stream.ts';
import type { Tally } from './tally.ts';

/** One line of `ledger.ndjson`. Windows of the same stream, server and start may come on several lines: they add up. */
export type LedgerLine =
  | { readonly kind: 'fleet'; readonly options: FleetOptions; readonly servers: readonly string[] }
  | {
      readonly kind: 'fault';
      readonly fault: FleetOptions['faults'][number];
      readonly servers: readonly string[];
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** What the files hold of one window: every event that a perfect reader ends up with. */
  | ({ readonly kind: 'window'; readonly stream: Stream; readonly server: string; readonly startMs: number } & Tally)
  /** What the server did in one minute of its own, whatever became of it. */
  | {
      readonly kind: 'made';
      readonly stream: Stream;
      readonly server: string;
      readonly startMs: number;
      readonly events: number;
    }
  /** Lines in a file that no reader can decode. */
  | {
      readonly kind: 'file';
      readonly stream: Stream;
      readonly server: string;
      readonly name: string;
      readonly events: number;
      readonly undecodable: number;
    };

/** Bytes held before they are written. */
const HELD = 1 << 20;

/** Writes the truth about a simulated fleet, beside its logs; afresh each time. */
export class Ledger {
  readonly #fd: number;
  #held = '';

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#fd = openSync(join(dir, 'ledger.ndjson'), 'w');
  }

  add(line: LedgerLine): void {
    this.#held += `${JSON.stringify(line)}\n`;
    if (this.#held.length > HELD) this.flush();
  }

  addFaults(options: FleetOptions, plan: readonly PlannedFault[]): void {
    plan.forEach(({ onServers, fromMs, toMs }, at) => {
      const fault = options.faults[at];
      if (fault !== undefined) this.add({ kind: 'fault', fault, servers: [...onServers].sort(), fromMs, toMs });
    });
  }

  flush(): void {
    writeSync(this.#fd, this.#held);
    this.#held = '';
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}
