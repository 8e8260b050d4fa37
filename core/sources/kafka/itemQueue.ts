import type { SourceItem } from '../source.ts';
import { Changes } from './changes.ts';

interface Queued {
  readonly item: SourceItem;
  readonly key: string;
  readonly bytes: number;
}

/** What was fetched and waits to be taken: first in, first out, bounded in bytes by those who ask for room before they put. */
export class ItemQueue {
  readonly #bytesMax: number;
  #queued: Queued[] = [];
  #bytes = 0;
  readonly #changes = new Changes();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get hasRoom(): boolean {
    return this.#bytes < this.#bytesMax;
  }

  /** Puts an item behind the others. `key` is the partition's. */
  put(key: string, item: SourceItem): void {
    const bytes = item.kind === 'slice' ? item.bytes.length : 0;
    this.#queued.push({ item, key, bytes });
    this.#bytes += bytes;
    this.#changes.happened();
  }

  /** The first item; undefined when there is none. */
  take(): SourceItem | undefined {
    const first = this.#queued.shift();
    if (first === undefined) return undefined;
    this.#bytes -= first.bytes;
    this.#changes.happened();
    return first.item;
  }

  /** Throws away what waits of a partition: it is read by another, or read again. */
  drop(key: string): void {
    this.#queued = this.#queued.filter((queued) => queued.key !== key);
    this.#bytes = this.#queued.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#changes.happened();
  }

  /** Resolves when something was put or taken, or the time is over. */
  change(withinMs: number): Promise<void> {
    return this.#changes.next(withinMs);
  }
}
