import { declaredAt, type RosterTerms } from './roster.ts';

interface Named {
  readonly name: string;
  region: string;
  /** Starts of the first and of the newest window with events; while there was none, +Infinity and -Infinity, which is never expected. */
  firstMs: number;
  newestMs: number;
}

/** The number of a server of which nothing arrived. */
const NONE = -1;

/** Servers by small numbers, and who of them is expected in a window: whoever is declared, or each from its first window with events until it is silent for too long. */
export class ExpectedServers {
  readonly #terms: RosterTerms;
  readonly #numbers = new Map<string, number>();
  readonly #named: (Named | undefined)[] = [];
  readonly #free: number[] = [];
  #inOrder: readonly number[] | undefined;

  constructor(terms: RosterTerms) {
    this.#terms = terms;
  }

  /** All numbers are below it. */
  get size(): number {
    return this.#named.length;
  }

  /** The number of a server; one that was not heard of is not expected by being given one. */
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

  /** Numbers of those that had events, by name. */
  inOrder(): readonly number[] {
    return (this.#inOrder ??= [...this.#numbers.values()]
      .filter((number) => this.seen(number) !== undefined)
      .sort((a, b) => ((this.#named[a]?.name ?? '') < (this.#named[b]?.name ?? '') ? -1 : 1)));
  }

  /** Those that are expected in the window that starts then, and those that sent something in it, by name. */
  *expectedIn(
    startMs: number,
    hasSent: (number: number) => boolean,
  ): Generator<{ readonly number: number } & Pick<Named, 'name' | 'region'>> {
    const declared = declaredAt(this.#terms, startMs);
    if (declared !== undefined) yield* this.#declared(declared, hasSent);
    else
      for (const number of this.inOrder()) {
        const named = this.#named[number];
        if (named === undefined || named.firstMs > startMs || this.#isForgotten(named, startMs)) continue;
        yield { number, name: named.name, region: named.region };
      }
  }

  /** Expects nobody any more who would not be in a window that starts then, and takes back the numbers of which nothing is known. */
  forget(startMs: number, isKnown: (number: number) => boolean): void {
    for (const [name, number] of this.#numbers) {
      const named = this.#named[number];
      if (named === undefined || !this.#isForgotten(named, startMs)) continue;
      if (isSeen(named)) this.#inOrder = undefined;
      [named.firstMs, named.newestMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      if (isKnown(number)) continue;
      this.#numbers.delete(name);
      this.#named[number] = undefined;
      this.#free.push(number);
    }
  }

  *#declared(
    declared: readonly string[],
    hasSent: (number: number) => boolean,
  ): ReturnType<ExpectedServers['expectedIn']> {
    const names = new Set(declared);
    for (const [name, number] of this.#numbers) if (hasSent(number)) names.add(name);
    for (const name of [...names].sort()) {
      const number = this.#numbers.get(name) ?? NONE;
      yield { number, name, region: this.#named[number]?.region ?? '' };
    }
  }

  #isForgotten({ newestMs }: Named, startMs: number): boolean {
    return newestMs < startMs - this.#terms.seenForMs;
  }
}

const isSeen = ({ newestMs }: Named): boolean => newestMs > Number.NEGATIVE_INFINITY;
