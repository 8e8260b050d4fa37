interface Named {
  readonly name: string;
  region: string;
  /** Starts of the first and of the newest window with events; while there was none, +Infinity and -Infinity. */
  firstMs: number;
  newestMs: number;
}

/** Servers by small numbers, and who of them had events when. */
export class KnownServers {
  readonly #numbers = new Map<string, number>();
  readonly #named: (Named | undefined)[] = [];
  readonly #free: number[] = [];
  #inOrder: readonly number[] | undefined;

  /** All numbers are below it. */
  get size(): number {
    return this.#named.length;
  }

  /** The number of a server; it is not seen by being given one. */
  numberOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number !== undefined) return number;
    number = this.#free.pop() ?? this.#named.length;
    this.#numbers.set(name, number);
    this.#named[number] = { name, region: '', firstMs: Number.POSITIVE_INFINITY, newestMs: Number.NEGATIVE_INFINITY };
    return number;
  }

  /** The server had events in the window that starts then. */
  see(number: number, region: string, { firstMs, newestMs }: Pick<Named, 'firstMs' | 'newestMs'>): void {
    const named = this.#named[number];
    if (named === undefined) return;
    if (!isSeen(named)) this.#inOrder = undefined;
    named.region = region;
    named.firstMs = Math.min(named.firstMs, firstMs);
    named.newestMs = Math.max(named.newestMs, newestMs);
  }

  /** Of a server that had events; undefined of others. */
  seen(number: number): Readonly<Named> | undefined {
    const named = this.#named[number];
    return named !== undefined && isSeen(named) ? named : undefined;
  }

  nameOf(number: number): string {
    return this.#named[number]?.name ?? '';
  }

  /** Numbers of those that had events, by name. */
  inOrder(): readonly number[] {
    return (this.#inOrder ??= [...this.#numbers.values()]
      .filter((number) => this.seen(number) !== undefined)
      .sort((a, b) => ((this.#named[a]?.name ?? '') < (this.#named[b]?.name ?? '') ? -1 : 1)));
  }

  /** Nobody whose newest window is before that time was ever seen; takes back the numbers of which nothing is known. */
  forget(beforeMs: number, isKnown: (number: number) => boolean): void {
    for (const [name, number] of this.#numbers) {
      const named = this.#named[number];
      if (named === undefined || named.newestMs >= beforeMs) continue;
      if (isSeen(named)) this.#inOrder = undefined;
      [named.firstMs, named.newestMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      if (isKnown(number)) continue;
      this.#numbers.delete(name);
      this.#named[number] = undefined;
      this.#free.push(number);
    }
  }
}

const isSeen = ({ newestMs }: Named): boolean => newestMs > Number.NEGATIVE_INFINITY;
