import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../../core/events/batch.ts';
import { createDecoder } from '../../../core/events/decoder.ts';
import type { Aggregator } from '../../../core/sketch/aggregator.ts';
import { countAggregator } from '../../../core/sketch/count.ts';
import { distinctAggregator } from '../../../core/sketch/distinct.ts';
import { type HashedText, hashedText } from '../../../core/sketch/hashedText.ts';
import { maxAggregator } from '../../../core/sketch/max.ts';
import { minAggregator } from '../../../core/sketch/min.ts';
import { qDigestAggregator } from '../../../core/sketch/qDigest.ts';
import { quantilesAggregator } from '../../../core/sketch/quantiles.ts';
import { sumAggregator } from '../../../core/sketch/sum.ts';
import { topKAggregator } from '../../../core/sketch/topK.ts';
import type { EventRow } from '../../../core/windows/plan.ts';
import { sequenceAggregator } from '../../../core/windows/sequence.ts';
import { schemaAggregator } from '../../../plugins/schema-watch/schema.ts';

/** One aggregator under test: what it is given, and when two of its readings of `inputs` are the same. */
interface Subject {
  readonly name: string;
  readonly aggregator: Aggregator<unknown, unknown, unknown>;
  readonly inputs: fc.Arbitrary<readonly unknown[]>;
  readonly same: (a: unknown, b: unknown, inputs: readonly unknown[]) => void;
}

/** Negative, repeated, huge, tiny and absent values. */
const numbers = fc.array(
  fc.oneof(
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-300),
  ),
  { maxLength: 60, size: 'max' },
);

const equal = (a: unknown, b: unknown): void => {
  expect(a).toEqual(b);
};

/** Sums of the same values in another order: as near as one rounding of all of their sizes. */
const nearlyEqual = (a: unknown, b: unknown, inputs: readonly unknown[]): void => {
  const size = (inputs as number[]).filter(Number.isFinite).reduce((sum, value) => sum + Math.abs(value), 0);
  expect(Math.abs(Number(a) - Number(b))).toBeLessThanOrEqual(2 ** -52 * size);
};

interface Digest {
  readonly count: number;
  quantile(q: number): number | undefined;
}

/** Digests of few values hold them all, so they agree exactly. */
const sameDigest = (a: unknown, b: unknown): void => {
  const read = (digest: Digest): unknown => [
    digest.count,
    ...[0, 0.1, 0.5, 0.9, 0.99, 1].map((q) => digest.quantile(q)),
  ];
  expect(read(a as Digest)).toEqual(read(b as Digest));
};

/** Events as the decoder gives them. */
const batchOf = (events: readonly object[]): EventBatch => {
  const bytes = new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const decoder = createDecoder({
    name: 's',
    kind: 'events',
    timeField: 'ts',
    serverField: 'server',
    sequenceField: 'seq',
    lineBytesMax: 4_096,
    fields: [
      { name: 'ts', type: 'time' },
      { name: 'server', type: 'category' },
      { name: 'boot', type: 'integer' },
      { name: 'seq', type: 'integer' },
      { name: 'url', type: 'text' },
    ],
  });
  const times = { earliestMs: 0, latestMs: Number.MAX_SAFE_INTEGER };
  return decoder.decode({ partition: 'p', bytes, start: 0, end: bytes.length, baseOffset: 0, ...times });
};

const rows = fc
  .array(
    fc.record(
      {
        boot: fc.integer({ min: 1, max: 4 }),
        seq: fc.integer({ min: -20, max: 40 }),
        server: fc.string({ minLength: 1, maxLength: 3 }),
        url: fc.constantFrom('a', '\n'),
        'odd key:': fc.constantFrom(null, true, 1, 'x', [], {}),
      },
      { requiredKeys: ['server'] },
    ),
    { maxLength: 60, size: 'max' },
  )
  .map((events): readonly EventRow[] => {
    const batch = batchOf(events.map((event) => ({ ts: 1, ...event })));
    return events.map((_, row) => ({ batch, row }));
  });

const textOf = (text: string): HashedText => hashedText(new TextEncoder().encode(text));
/** As many as make registers of hashes. */
const manyTexts = fc.array(fc.string({ maxLength: 40 }).map(textOf), { maxLength: 200, size: 'max' });
/** Of fewer distinct ones than there are counters; beginnings of long texts among them. */
const fewTexts = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 40 }).map((number) => textOf(`campaign ${String(number)}`)),
    fc.constantFrom('', 'é', '\u{1f98a}', '\n', 'x'.repeat(300), 'é'.repeat(200)).map(textOf),
  ),
  { maxLength: 60, size: 'max' },
);

const subject = <Input, State, Reading>(
  name: string,
  aggregator: Aggregator<Input, State, Reading>,
  inputs: fc.Arbitrary<readonly Input[]>,
  same: Subject['same'] = equal,
): Subject => ({ name, aggregator: aggregator, inputs, same });

const SUBJECTS = [
  subject('count', countAggregator, numbers),
  subject('sum', sumAggregator, numbers, nearlyEqual),
  subject('min', minAggregator, numbers),
  subject('max', maxAggregator, numbers),
  subject('quantiles', quantilesAggregator, numbers, sameDigest),
  subject('qDigest', qDigestAggregator({ from: -1_000, unit: 0.5, bits: 12 }), numbers, sameDigest),
  subject('distinct', distinctAggregator, manyTexts),
  subject('topK', topKAggregator(64), fewTexts),
  subject('sequence', sequenceAggregator('seq'), rows),
  subject('schema', schemaAggregator, rows),
];

describe.each(SUBJECTS)('$name keeps the law that', ({ aggregator, inputs, same }) => {
  const of = (values: readonly unknown[], state = aggregator.empty()): unknown => {
    for (const value of values) aggregator.add(state, value);
    return state;
  };
  const merged = (...states: unknown[]): unknown => {
    const into = aggregator.empty();
    for (const state of states) aggregator.merge(into, state);
    return into;
  };
  type List = readonly unknown[];
  const hold = (law: (a: List, b: List, c: List) => void): void => {
    fc.assert(fc.property(inputs, inputs, inputs, law), { numRuns: 60 });
  };

  it('merge is associative', () => {
    hold((a, b, c) => {
      const left = aggregator.read(merged(merged(of(a), of(b)), of(c)));
      same(left, aggregator.read(merged(of(a), merged(of(b), of(c)))), [...a, ...b, ...c]);
    });
  });

  it('merge is commutative', () => {
    hold((a, b) => {
      same(aggregator.read(merged(of(a), of(b))), aggregator.read(merged(of(b), of(a))), [...a, ...b]);
    });
  });

  it('empty is the identity of merge', () => {
    hold((a) => {
      const alone = aggregator.read(of(a));
      same(aggregator.read(merged(of(a))), alone, a);
      same(aggregator.read(merged(of(a), aggregator.empty())), alone, a);
    });
  });

  it('merging reads as adding all', () => {
    hold((a, b) => {
      same(aggregator.read(merged(of(a), of(b))), aggregator.read(of([...a, ...b])), [...a, ...b]);
    });
  });

  it('merge leaves the other as it was', () => {
    hold((a, b) => {
      const other = of(b);
      const before = aggregator.encode(other);
      aggregator.merge(of(a), other);
      expect(aggregator.encode(other)).toEqual(before);
    });
  });

  it('a state that was written and read goes on to the same bytes', () => {
    hold((a, b) => {
      const readBack = aggregator.decode(aggregator.encode(of(a)));
      same(aggregator.read(readBack), aggregator.read(of(a)), a);
      expect(aggregator.encode(of(b, readBack))).toEqual(aggregator.encode(of([...a, ...b])));
    });
  });

  it('reading and writing change nothing', () => {
    hold((a, b) => {
      const state = of(a);
      aggregator.read(state);
      aggregator.encode(state);
      expect(aggregator.encode(of(b, state))).toEqual(aggregator.encode(of([...a, ...b])));
    });
  });

  it('bytes may lie anywhere in a larger array', () => {
    hold((a) => {
      const bytes = aggregator.encode(of(a));
      const larger = new Uint8Array(bytes.length + 3);
      larger.set(bytes, 3);
      expect(aggregator.encode(aggregator.decode(larger.subarray(3)))).toEqual(bytes);
    });
  });

  it('bytes that are no state are refused', () => {
    expect(() => aggregator.decode(Uint8Array.of(200, 3, 7))).toThrow(RangeError);
  });
});

describe('what they read', () => {
  const all = <State, Reading>(aggregator: Aggregator<number, State, Reading>, values: readonly number[]): Reading => {
    const state = aggregator.empty();
    for (const value of values) aggregator.add(state, value);
    return aggregator.read(state);
  };

  it('count is the number of values', () => {
    expect(all(countAggregator, [3, 3, Number.NaN])).toBe(3);
  });

  it('min and max are those of plain arithmetic, absent values aside', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const there = values.filter((value) => !Number.isNaN(value));
        expect(all(minAggregator, values)).toBe(there.length === 0 ? undefined : Math.min(...there));
        expect(all(maxAggregator, values)).toBe(there.length === 0 ? undefined : Math.max(...there));
      }),
    );
  });

  it('sum of whole numbers is exact', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 100, size: 'max' }), (values) => {
        const exact = values.reduce((sum, value) => sum + BigInt(value), 0n);
        expect(BigInt(all(sumAggregator, values))).toBe(exact);
      }),
    );
  });

  it('sum keeps what a plain addition loses', () => {
    expect(all(sumAggregator, [1e16, ...new Array<number>(1_000).fill(1), -1e16])).toBe(1_000);
    expect(all(sumAggregator, new Array<number>(1_000_000).fill(0.1))).toBe(100_000);
  });
});
