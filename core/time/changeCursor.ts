/** A change of something by its time and the key of what changed. Changes are ordered by time, then by key. */
export interface Place {
  readonly ms: number;
  readonly key: string;
}

/**
 * How far changes are taken that are told by their times, and appear a little after them. Plain JSON.
 *
 *     ----------------|--x-x---x-x-o--x--o--> time
 *       all taken     ms  taken (x), or to come (o)
 */
export interface ChangeCursor extends Place {
  /** Taken behind the place: by key, the newest time. */
  readonly taken: Readonly<Record<string, number>>;
}

/** What bounds an advance. */
export interface Settling {
  /** Nothing appears any more whose time is before it, epoch ms. */
  readonly settledMs: number;
  /** Changes that may be taken behind the place; more wait until those have settled. */
  readonly takenMax: number;
}

/** Nothing is taken yet. */
export const CURSOR_START: ChangeCursor = { ms: 0, key: '', taken: {} };

/**
 * Takes of the first changes behind the cursor those that it has not taken: of each key only what is newer than the last. `places` are in order, and none between them is left out.
 */
export function advance<Change extends Place>(
  cursor: ChangeCursor,
  places: readonly Change[],
  { settledMs, takenMax }: Settling,
): { readonly fresh: readonly Change[]; readonly next: ChangeCursor } {
  const taken = new Map(Object.entries(cursor.taken));
  const fresh: Change[] = [];
  let floor: Place = cursor;
  const keysBehind = (): Set<string> =>
    new Set([...taken].filter(([key, ms]) => isBehind({ ms, key }, floor)).map(([key]) => key));
  // What is settled comes first: from the first place that is not, the floor stays.
  let behind: Set<string> | undefined;
  for (const place of places) {
    const isSettled = place.ms < settledMs;
    if (place.ms > (taken.get(place.key) ?? Number.NEGATIVE_INFINITY)) {
      if (!isSettled) {
        behind ??= keysBehind();
        if (behind.size >= takenMax && !behind.has(place.key)) break;
        behind.add(place.key);
      }
      fresh.push(place);
      taken.set(place.key, place.ms);
    }
    if (isSettled) floor = place;
  }
  const keys = behind ?? keysBehind();
  return {
    fresh,
    next: { ms: floor.ms, key: floor.key, taken: Object.fromEntries([...taken].filter(([key]) => keys.has(key))) },
  };
}

const isBehind = (place: Place, floor: Place): boolean =>
  place.ms > floor.ms || (place.ms === floor.ms && place.key > floor.key);
