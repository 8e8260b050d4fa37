import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../../core/events/batch.ts';
import { createDecoder } from '../../../core/events/decoder.ts';
import { expected } from './oracle.ts';
import { decode, FIELDS, fieldOf, LIMITS, restOf, SCHEMA } from './decoding.ts';

/** One decoder for all runs: what it remembers of earlier lines may not change a later one. */
const decoder = createDecoder(SCHEMA);

function agrees(line: Uint8Array): void {
  const batch = decode(decoder, line);
  if (line.length === 0 || (line.length === 1 && line[0] === 13)) {
    expect([batch.length, batch.problems]).toEqual([0, []]);
    return;
  }
  const { event, reasons } = expected(line);
  const [problem] = batch.problems;
  expect(batch.length + batch.problems.length).toBe(1);
  const shape = batch.shapes[0] ?? problem?.shape;
  const hasRepeats = event !== undefined && shape !== undefined && shape.members.length > Object.keys(event).length;
  if (problem === undefined) {
    expect([reasons, hasRepeats]).toEqual([[], false]);
    expectValues(batch, event ?? {});
  } else {
    const more = hasRepeats ? ['duplicate-key', 'wrong-type', 'out-of-range'] : [];
    const withoutTime =
      event !== undefined && reasons.length === 0
        ? ['time-missing', 'time-before-horizon', 'time-in-future', 'server-missing']
        : [];
    expect([...reasons, ...more, ...withoutTime]).toContain(problem.reason);
    if (withoutTime.length > 0 && !hasRepeats) expectLacking(problem.reason, event ?? {});
  }
}

/** A line without fault in its values is refused only for its time or server. */
function expectLacking(reason: string, event: Record<string, unknown>): void {
  const timeMs = typeof event['ts'] === 'number' ? event['ts'] : undefined;
  if (reason === 'time-missing') expect(event['ts'] ?? undefined).toBeUndefined();
  if (reason === 'server-missing') expect(event['server'] ?? undefined).toBeUndefined();
  if (reason === 'time-before-horizon' && timeMs !== undefined) expect(timeMs).toBeLessThan(LIMITS.earliestMs);
  if (reason === 'time-in-future' && timeMs !== undefined) expect(timeMs).toBeGreaterThan(LIMITS.latestMs);
}

function expectValues(batch: EventBatch, event: Record<string, unknown>): void {
  const { ts: _, ...declared } = FIELDS;
  for (const name of Object.keys(declared)) {
    const value = Object.hasOwn(event, name) ? (event[name] ?? undefined) : undefined;
    expect([name, fieldOf(batch, 0, name)]).toEqual([name, typeof value === 'string' ? value.toWellFormed() : value]);
  }
  const undeclared = Object.fromEntries(Object.entries(event).filter(([name]) => !Object.hasOwn(FIELDS, name)));
  expect(restOf(batch, 0)).toEqual(undeclared);
  expect(batch.shapes[0]?.members.map(({ name }) => name).sort()).toEqual(
    Object.keys(event)
      .map((name) => name.toWellFormed())
      .sort(),
  );
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

const keys = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(FIELDS)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '', '\ud800', '\ufeffbom', 'a b:c') },
);
const values = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('\ufefftext', '\ud800', '"\\/\b\f\n\r\t', '\u2028', '', 'x'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -10, max: 10 }),
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(true, false, null, 0, -0, 2 ** 53, 1e300, 0.1),
  fc.jsonValue({ maxDepth: 3 }),
);
const events = fc.dictionary(keys, values, { maxKeys: 8 });
/** Mostly with a time and a server, so that many are whole. */
const lines = fc.tuple(events, fc.boolean(), fc.constantFrom('', ' ', '\t', '\r')).map(([event, whole, space]) => {
  const all = whole
    ? {
        ts: LIMITS.earliestMs + 1,
        server: 's1',
        ...event,
        ...(typeof event['ts'] === 'number' ? { ts: LIMITS.latestMs } : {}),
      }
    : event;
  return encoded(
    `${space}${JSON.stringify(all, undefined, space === '\t' ? '\t' : '').replaceAll('\n', '\r')}${space}`,
  );
});

const pieces = fc.constantFrom(
  ...[
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    ' ',
    '\t',
    '\r',
    '0',
    '01',
    '-',
    '.',
    'e',
    'E+',
    '1e999',
    'true',
    'fals',
    'null',
    '\\u00e',
    '\\u0061',
    '\\x',
    '\0',
    '\u0001',
    '\ufeff',
    'ü',
    '"ts":1,',
    '"id":7,',
  ].map(encoded),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xed, 0xa0, 0x80),
);
const mutations = fc.array(
  fc.record({ at: fc.nat(), drop: fc.integer({ min: 0, max: 3 }), put: fc.option(pieces, { nil: new Uint8Array(0) }) }),
  { minLength: 1, maxLength: 3 },
);

const mutated = (line: Uint8Array, changes: readonly { at: number; drop: number; put: Uint8Array }[]): Uint8Array =>
  changes.reduce((bytes, { at, drop, put }) => {
    const place = at % (bytes.length + 1);
    return Uint8Array.of(...bytes.subarray(0, place), ...put, ...bytes.subarray(place + drop));
  }, line);

describe('the decoder accepts what JSON.parse accepts, and reads the same values', () => {
  it('of events of any form', () => {
    fc.assert(fc.property(lines, agrees), { numRuns: 3_000 });
  });

  it('of events with a few bytes changed', () => {
    fc.assert(
      fc.property(lines, mutations, (line, changes) => {
        agrees(mutated(line, changes));
      }),
      { numRuns: 6_000 },
    );
  });

  it('of short lines of any bytes', () => {
    const bytes = fc.array(fc.oneof(pieces, fc.uint8Array({ maxLength: 2 })), { maxLength: 8 });
    fc.assert(
      fc.property(bytes, (list) => {
        agrees(Uint8Array.from(list.flatMap((piece) => [...piece])).filter((byte) => byte !== 10));
      }),
      { numRuns: 6_000 },
    );
  });

  it('of every number', () => {
    const numbers = fc.oneof(
      fc.double().map(String),
      fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String),
      fc
        .tuple(fc.integer(), fc.nat(), fc.integer({ min: -320, max: 320 }))
        .map(([whole, part, power]) => `${String(whole)}.${String(part)}e${String(power)}`),
      fc.stringMatching(/^-?[0-9]{0,3}\.?[0-9]{0,20}[eE]?[+-]?[0-9]{0,3}$/),
    );
    fc.assert(
      fc.property(numbers, (text) => {
        agrees(encoded(`{"ts":${String(LIMITS.latestMs)},"server":"s","price":${text},"id":${text},"other":${text}}`));
      }),
      { numRuns: 4_000 },
    );
  });
});

describe('how lines come makes no difference', () => {
  it('many in one call read as each by itself, with the offset of its first byte', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12, size: 'max' }), (list) => {
        const bytes = Uint8Array.from(list.flatMap((line) => [...line, 10]));
        const batch = decode(decoder, bytes, { baseOffset: 1_000 });
        const whole = [...batch.offsets.subarray(0, batch.length)];
        const seen = [...whole, ...batch.problems.map(({ offset }) => offset)].sort((a, b) => a - b);
        const starts = list.map((_, at) => 1_000 + list.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0));
        expect(seen).toEqual(starts);
        const names = Object.keys(FIELDS);
        const together = whole.map((_, row) => [names.map((name) => fieldOf(batch, row, name)), restOf(batch, row)]);
        const alone = list.flatMap((line) => {
          const one = decode(decoder, line);
          return one.length === 0 ? [] : [[names.map((name) => fieldOf(one, 0, name)), restOf(one, 0)]];
        });
        expect(together).toEqual(alone);
      }),
      { numRuns: 300 },
    );
  });
});
