import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Roster, RosterBook, type RosterTerms } from '../../../core/windows/roster.ts';

const HOUR_MS = 3_600_000;
const SEEN: RosterTerms = { seenForMs: 2 * HOUR_MS, declared: [] };

/** Rosters of the windows of an hour in which these servers had events. */
function follow(hours: readonly string[], terms = SEEN, book = new RosterBook(terms), first = 0): Roster[] {
  return hours.map((servers, at) => {
    const roster = book.of((first + at) * HOUR_MS);
    for (const server of servers) book.see(server, (first + at) * HOUR_MS);
    return roster;
  });
}
const told = (rosters: readonly Roster[]): string[] =>
  rosters.map(({ sinceMs, servers }) => `${String(sinceMs / HOUR_MS)} ${servers.join('')}`);

describe('a roster', () => {
  it('has who was seen lately, and is the same version while nobody comes or leaves', () => {
    const rosters = follow(['b', 'ab', 'b', 'b', 'b']);
    expect(told(rosters)).toEqual(['0 ', '1 b', '2 ab', '2 ab', '4 b']);
    expect(rosters.map(({ joined, left }) => [joined, left])).toEqual([
      [[], []],
      [['b'], []],
      [['a'], []],
      [['a'], []],
      [[], ['a']],
    ]);
  });

  it('has who is declared for that time, heard of or not, and nobody else', () => {
    const declared = [
      { fromMs: HOUR_MS, servers: ['a', 'c'] },
      { fromMs: 3 * HOUR_MS, servers: ['c', 'd'] },
    ];
    const rosters = follow(['b', 'ab', 'b', 'b'], { ...SEEN, declared });
    expect(told(rosters)).toEqual(['0 ', '1 ac', '1 ac', '3 cd']);
    expect(rosters.map(({ isDeclared }) => isDeclared)).toEqual([false, true, true, true]);
    expect(rosters.at(-1)).toMatchObject({ joined: ['d'], left: ['a'] });
  });

  it('goes on after a snapshot as if nothing had been', () => {
    const hours = fc.array(
      fc.subarray(['a', 'b', 'c']).map((servers) => servers.join('')),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(hours, hours, (before, after) => {
        const book = new RosterBook(SEEN);
        follow(before, SEEN, book);
        book.forgetBefore(before.length * HOUR_MS);
        const restored = new RosterBook(SEEN);
        restored.restore(JSON.parse(JSON.stringify(book.snapshot())) as ReturnType<RosterBook['snapshot']>);
        expect(follow(after, SEEN, restored, before.length)).toEqual(
          follow([...before, ...after], SEEN).slice(before.length),
        );
      }),
    );
  });
});
