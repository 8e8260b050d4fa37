import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heard } from '../../../core/windows/heard.ts';

const never = Number.NEGATIVE_INFINITY;
const ends = (numbers: readonly number[]): Map<string, number> =>
  new Map(numbers.map((end, at) => [`bids-${String(at)}`, end]));

describe('a stream of shared partitions is heard', () => {
  it('up to the newest look whose ends are all stored', () => {
    const heard = new Heard();
    for (const [atMs, ofLook] of [
      [10, [40, 70]],
      [20, [50, 90]],
      [30, [60, 95]],
    ] as const)
      heard.look('bids', atMs, ends(ofLook));
    expect(heard.heardMs('bids')).toBe(never);
    heard.stored('bids', 'bids-0', 55);
    expect(heard.heardMs('bids')).toBe(never);
    heard.stored('bids', 'bids-1', 92);
    expect(heard.heardMs('bids')).toBe(20);
    heard.stored('bids', 'bids-0', 60);
    heard.stored('bids', 'bids-1', 95);
    expect(heard.heardMs('bids')).toBe(30);
  });

  it('at once where nothing is, and without a topic', () => {
    const heard = new Heard();
    heard.look('bids', 10, ends([0, 0]));
    heard.look('clicks', 20, ends([]));
    expect([heard.heardMs('bids'), heard.heardMs('clicks'), heard.heardMs('other')]).toEqual([10, 20, never]);
  });

  it('not, while a partition that has come is not stored', () => {
    const heard = new Heard();
    heard.look('bids', 10, ends([5]));
    heard.stored('bids', 'bids-0', 9);
    heard.look('bids', 20, ends([5, 1]));
    expect(heard.heardMs('bids')).toBe(10);
    heard.stored('bids', 'bids-1', 1);
    expect(heard.heardMs('bids')).toBe(20);
  });

  it('never further than is true, never back, and in the end wholly, also with more looks than are kept', () => {
    const steps = fc.array(fc.record({ written: fc.nat(3), stored: fc.nat(3), partition: fc.nat(1) }), {
      minLength: 1,
      maxLength: 3_000,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const heard = new Heard();
        const [written, stored] = [
          [0, 0],
          [0, 0],
        ];
        const looks: number[][] = [];
        let before = never;
        for (const { written: more, stored: done, partition } of list) {
          written[partition]! += more;
          looks.push([...written]);
          heard.look('bids', looks.length, ends(written));
          stored[partition] = Math.min(written[partition]!, stored[partition]! + done);
          heard.stored('bids', `bids-${String(partition)}`, stored[partition]);
          const now = heard.heardMs('bids');
          expect(now).toBeGreaterThanOrEqual(before);
          if (now > 0)
            for (const [at, end] of looks[now - 1]!.entries()) expect(stored[at]).toBeGreaterThanOrEqual(end);
          before = now;
        }
        for (const [at, end] of written.entries()) heard.stored('bids', `bids-${String(at)}`, end);
        heard.look('bids', looks.length + 1, ends(written));
        expect(heard.heardMs('bids')).toBe(looks.length + 1);
      }),
      { numRuns: 30 },
    );
  });
});
