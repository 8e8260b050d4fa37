import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import { RowBinaryReader } from '../../core/store/rowBinaryReader.ts';
import { bidsConfig } from '../support/adStream.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { storeLines } from '../support/storedLines.ts';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
});

afterAll(() => running.stop());

const START_MS = Date.UTC(2026, 5, 1, 12);
const FIELDS = {
  ts: 'time',
  server: 'category',
  boot: 'integer',
  seq: 'integer',
  exchange: 'category',
  priceMicros: 'integer',
  latencyMs: 'number',
  url: 'text',
  filled: 'boolean',
  seenAt: 'time',
} as const;

type Event = Readonly<Record<string, unknown>>;
const event = (members: Event, at: number): Event => ({ ts: START_MS + at, server: 's1', seq: at, ...members });

const NASTY: readonly Event[] = [
  {},
  { url: '', exchange: '', note: '' },
  { url: null, exchange: null, priceMicros: null, latencyMs: null, filled: null, seenAt: null, extra: null },
  { url: 'https://a.example/\u00fc\u4e2d\u{1f600}?q="x"\\&a=/b', exchange: 'x\u00e9\u{1f600}' },
  { url: '\b\f\n\r\t\u0000\u001f\u007f\u2028\u2029', exchange: 'tab\there\nnewline' },
  { url: 'x'.repeat(100_000), exchange: 'y'.repeat(300) },
  { priceMicros: Number.MAX_SAFE_INTEGER, boot: Number.MIN_SAFE_INTEGER },
  { priceMicros: 0, boot: -1, latencyMs: -0.1, filled: false },
  { latencyMs: 1e-300, filled: true },
  { latencyMs: 1.7976931348623157e308 },
  { latencyMs: 0.1 + 0.2, priceMicros: -4_294_967_296 },
  { priceMicros: 4_294_967_295, seenAt: 0 },
  { seenAt: START_MS + 0.0, latencyMs: 5e-324 },
  { deep: { a: { b: { c: [1, 'two', { three: 3 }] } }, list: ['a', 'b'], flag: true } },
  { 'key with space': 'v', 'dotted\u00fc': 1.5, UPPER: 'case', upper: 'other' },
  { tags: [], labels: ['one', 'two'], numbers: [1, 2, 3], mixed: [1, 'a', null, true] },
  { quote: 'it"s \\ "quoted" \u{1f4a5}', slash: '</script>' },
  { 'a.b': 1, 'a..c': { 'd.e': 'f' } },
  { huge: 9_007_199_254_740_991, negative: -5, fraction: 2.5, truth: false },
];

/** Lines that look like a fleet's. */
const fleetLike = fc.record(
  {
    boot: fc.integer({ min: 1, max: 9 }),
    exchange: fc.oneof(fc.constantFrom('x1', 'x2', 'x7'), fc.string({ unit: 'grapheme', maxLength: 8 })),
    priceMicros: fc.option(fc.maxSafeInteger()),
    latencyMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    url: fc.option(fc.webUrl({ withQueryParameters: true })),
    filled: fc.option(fc.boolean()),
    seenAt: fc.option(fc.integer({ min: 0, max: START_MS })),
    campaign: fc.string({ unit: 'grapheme', maxLength: 20 }),
    bidder: fc.record({ id: fc.nat(), name: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 5 }) }),
    sizes: fc.array(fc.nat({ max: 4_000 }), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [] },
);

/** What the store may say of an event: absent and null are one thing in a column, and the JSON column keeps no nulls and no empty objects. */
function expected(line: string): Event {
  const { ts, ...parsed } = JSON.parse(line) as Record<string, unknown>;
  const declared = Object.fromEntries(
    Object.keys(FIELDS)
      .filter((name) => name !== 'ts')
      .map((name) => [name, stored(name, parsed[name] ?? null)]),
  );
  const rest = Object.fromEntries(Object.entries(parsed).filter(([name]) => !(name in FIELDS)));
  return { ts, ...declared, rest: sorted(withoutNulls(rest) ?? {}) };
}

/** A time comes in ClickHouse's form. */
function stored(name: string, value: unknown): unknown {
  if (value === null) return null;
  const type = FIELDS[name as keyof typeof FIELDS];
  if (type === 'time') return new Date(value as number).toISOString().replace('T', ' ').replace('Z', '');
  return Object.is(value, -0) ? 0 : value;
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, withoutNulls(inner)] as const);
  const kept = entries.filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The JSON column gives numbers as numbers; members in an order of its own. */
const sorted = (value: unknown): unknown =>
  typeof value !== 'object' || value === null
    ? value
    : Array.isArray(value)
      ? value.map(sorted)
      : Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)]),
        );

describe('what JSON.parse sees of an event', () => {
  it.each([
    ['nasty', NASTY],
    ['fleet-like', fc.sample(fleetLike, { numRuns: 400, seed: 7 })],
  ] as const)('is what ClickHouse gives back: %s', async (name, events) => {
    const lines = events.map((members, at) => JSON.stringify(event(members, at)));
    const stream = new StreamIngest('bids', bidsConfig({ fields: FIELDS }), []);
    expect(await storeLines(running.admin, stream, `${lines.join('\n')}\n`, name)).toBe(lines.length);
    const rows = await running.admin.query<Record<string, unknown>>(
      `SELECT toUnixTimestamp64Milli(time) AS ts, ${Object.keys(FIELDS).slice(1).join(', ')}, rest FROM touchstone.events_bids WHERE partition = {name:String} ORDER BY offset
       SETTINGS output_format_json_quote_64bit_integers = 0`,
      { name },
    );
    expect(rows).toHaveLength(lines.length);
    rows.forEach((row, at) => {
      expect({ ...row, rest: sorted(row['rest']) }, lines[at]!.slice(0, 300)).toEqual(expected(lines[at]!));
    });
  });
});

describe('RowBinaryReader', () => {
  it('reads what ClickHouse writes', async () => {
    const bytes = await running.admin.queryBytes(
      `SELECT * FROM values('t String, i Int64, u UInt64, m Map(String, String)',
         ('\u00fc\u{1f600}', -9007199254740991, 18446744073709551615, map('a', 'x', '\u00e9', unhex('00ff80'))),
         ('', 9007199254740991, 0, map()), (repeat('z', 20000), 0, 1, map('', ''))) FORMAT RowBinary`,
    );
    const reader = new RowBinaryReader(bytes);
    const read: unknown[] = [];
    while (!reader.atEnd) {
      const [text, int, uint] = [reader.text(), reader.int64(), reader.uint64()];
      read.push([text, int, uint, [...reader.map()].map(([key, value]) => [key, [...value]])]);
    }
    expect(read).toEqual([
      [
        '\u00fc\u{1f600}',
        -Number.MAX_SAFE_INTEGER,
        18_446_744_073_709_551_615n,
        [
          ['a', [0x78]],
          ['\u00e9', [0, 255, 128]],
        ],
      ],
      ['', Number.MAX_SAFE_INTEGER, 0n, []],
      ['z'.repeat(20_000), 0, 1n, [['', []]]],
    ]);
  });
});
