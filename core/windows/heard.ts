/** One look at where the partitions of a stream end. */
interface Look {
  readonly atMs: number;
  /** By partition: offset of the next record to be written. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Beyond it every second look is forgotten: of a long way behind, when it was passed is told less exactly. */
const LOOKS_MAX = 1_024;

/**
 * Up to when a stream of shared partitions was heard: everything that was in them at that time is stored. Who is late, or silent, can only be said of what was heard.
 *
 *     looks:   t1: ends 40, 70     t2: ends 50, 90     t3: ends 60, 95
 *     stored:  55, 92                                  -> heard up to t2
 */
export class Heard {
  readonly #looks = new Map<string, Look[]>();
  readonly #stored = new Map<string, Map<string, number>>();
  readonly #heardMs = new Map<string, number>();

  /** Notes where the partitions of a stream end now; looks come in order of time. */
  look(stream: string, atMs: number, ends: ReadonlyMap<string, number>): void {
    const looks = this.#looks.get(stream) ?? [];
    this.#looks.set(stream, looks);
    looks.push({ atMs, ends });
    if (looks.length > LOOKS_MAX)
      this.#looks.set(
        stream,
        looks.filter((_, at) => at % 2 === 0 || at === looks.length - 1),
      );
    this.#settle(stream);
  }

  /** Notes that everything below an offset is stored. */
  stored(stream: string, partition: string, offset: number): void {
    let partitions = this.#stored.get(stream);
    if (partitions === undefined) this.#stored.set(stream, (partitions = new Map<string, number>()));
    if (offset <= (partitions.get(partition) ?? -1)) return;
    partitions.set(partition, offset);
    this.#settle(stream);
  }

  /** Everything that was there at this time is stored, epoch ms; -Infinity before that can be said. */
  heardMs(stream: string): number {
    return this.#heardMs.get(stream) ?? Number.NEGATIVE_INFINITY;
  }

  #settle(stream: string): void {
    const looks = this.#looks.get(stream) ?? [];
    const stored = this.#stored.get(stream);
    const isHeard = ({ ends }: Look): boolean =>
      [...ends].every(([partition, end]) => end === 0 || (stored?.get(partition) ?? -1) >= end);
    const firstNotHeard = looks.findIndex((look) => !isHeard(look));
    const heard = firstNotHeard < 0 ? looks.length : firstNotHeard;
    const newest = looks[heard - 1];
    if (newest === undefined) return;
    this.#heardMs.set(stream, newest.atMs);
    looks.splice(0, heard);
  }
}
