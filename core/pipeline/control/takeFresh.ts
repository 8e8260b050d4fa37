import { advance, type ChangeCursor, type Place, type Settling } from '../../time/changeCursor.ts';

/** Reads the first changes behind a place, in order. */
export type ReadPage<Change extends Place> = (after: Place, limit: number) => Promise<readonly Change[]>;

/** Takes the next changes behind a cursor that were not taken, about `pageMax` of them, and where the cursor is then. None: there are none. */
export async function takeFresh<Change extends Place>(
  cursor: ChangeCursor,
  read: ReadPage<Change>,
  { pageMax, ...settling }: Settling & { readonly pageMax: number },
): Promise<{ readonly fresh: readonly Change[]; readonly next: ChangeCursor }> {
  const limit = Object.keys(cursor.taken).length + pageMax;
  const places: Change[] = [];
  for (;;) {
    const page = await read(places.at(-1) ?? cursor, limit);
    places.push(...page);
    const taken = advance(cursor, places, settling);
    // Where keys have several revisions, a whole page may be taken.
    if (taken.fresh.length > 0 || page.length < limit) return taken;
  }
}
