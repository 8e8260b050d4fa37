import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, type ChangeCursor, CURSOR_START, type Place } from '../../../core/time/changeCursor.ts';

/** `5a 6b` is the change of a at 5 and that of b at 6. */
const placesOf = (text: string): Place[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ ms: Number.parseInt(word, 10), key: word.replace(/^\d+/, '') }));
const textOf = (places: readonly Place[]): string => places.map(({ ms, key }) => `${String(ms)}${key}`).join(' ');
const after = (place: Place, from: Place): boolean =>
  place.ms > from.ms || (place.ms === from.ms && place.key > from.key);
const inOrder = (places: readonly Place[]): Place[] => [...places].sort((a, b) => (after(a, b) ? 1 : -1));

/** What is fresh each time the store is looked at, which then holds what is written there; nothing before 10 is to come any more. */
function looks(texts: readonly string[], { settledMs = 10, takenMax = 100 } = {}): string[] {
  let cursor: ChangeCursor = CURSOR_START;
  return texts.map((text) => {
    const places = placesOf(text).filter((place) => after(place, cursor));
    const { fresh, next } = advance(cursor, places, { settledMs, takenMax });
    cursor = next;
    return textOf(fresh);
  });
}

describe('changes are taken', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['once', ['5a 12b', '5a 12b'], ['5a 12b', '']],
    ['also when they appear after newer ones', ['12b', '11a 12b', '11a 12b'], ['12b', '11a', '']],
    ['also at the instant of one that is taken', ['12b', '12a 12b 12c'], ['12b', '12a 12c']],
    ['again when the same thing changes again', ['12a', '12a 13a', '13a'], ['12a', '13a', '']],
    ['not when something newer of the same thing is taken', ['13a', '12a 13a'], ['13a', '']],
    ['of one thing in their order', ['11a 12a 13a'], ['11a 12a 13a']],
  ])('%s', (_, stored, fresh) => {
    expect(looks(stored)).toEqual(fresh);
  });

  it('but not what appears when everything of its time was to be there', () => {
    expect(looks(['8b 12c', '7a 8b 12c'])).toEqual(['8b 12c', '']);
  });

  it('and those that may not be taken yet wait, whatever is settled goes on', () => {
    const stored = '1a 2b 3c 11d 12e 13f';
    expect(looks([stored, stored, stored], { takenMax: 2 })).toEqual(['1a 2b 3c 11d 12e', '', '']);
    expect(looks([stored, stored], { settledMs: 14, takenMax: 2 })).toEqual(['1a 2b 3c 11d 12e 13f', '']);
    // The older of one thing has settled, its newer one would be one too many.
    expect(looks(['12a 12d', '9d 12a 12d'], { takenMax: 1 })).toEqual(['12a', '9d']);
  });
});

describe('a cursor', () => {
  it('is begun at the start and keeps only what is not settled', () => {
    expect(advance(CURSOR_START, placesOf('5a 6b 12a 13c'), { settledMs: 10, takenMax: 9 }).next).toEqual({
      ...{ ms: 6, key: 'b' },
      taken: { a: 12, c: 13 },
    });
  });

  it('is the same after JSON', () => {
    const { next } = advance(CURSOR_START, placesOf('5a 12b'), { settledMs: 10, takenMax: 9 });
    expect(JSON.parse(JSON.stringify(next))).toEqual(next);
  });
});

describe('whatever appears when, in pages of any size', () => {
  /** Changes by time and key; each appears up to 5 after its time. */
  const written = fc.array(fc.record({ ms: fc.nat(40), key: fc.constantFrom('a', 'b', 'c', 'd'), lateMs: fc.nat(5) }), {
    maxLength: 60,
  });

  it('each thing ends with its newest change, in order, and none comes twice', () => {
    fc.assert(
      fc.property(
        written,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (changes, takenMax, page) => {
          let cursor: ChangeCursor = CURSOR_START;
          const newest = new Map<string, number>();
          for (let nowMs = 0; nowMs < 200; nowMs++) {
            const places = inOrder(changes.filter(({ ms, lateMs }) => ms + lateMs <= nowMs))
              .filter((place) => after(place, cursor))
              .slice(0, Object.keys(cursor.taken).length + page);
            const { fresh, next } = advance(cursor, places, { settledMs: nowMs - 5, takenMax });
            for (const { ms, key } of fresh) {
              expect(ms).toBeGreaterThan(newest.get(key) ?? -1);
              newest.set(key, ms);
            }
            expect(Object.keys(next.taken).length).toBeLessThanOrEqual(takenMax);
            cursor = next;
          }
          const last = new Map<string, number>();
          for (const { ms, key } of changes) last.set(key, Math.max(ms, last.get(key) ?? 0));
          expect(newest).toEqual(last);
        },
      ),
    );
  });
});
