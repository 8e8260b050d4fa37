import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../core/events/decoder.ts';
import { decode, decodeText, fieldOf, LIMITS, restOf, SCHEMA } from './decoding.ts';

const { earliestMs, latestMs } = LIMITS;
const line = (event: object): string => JSON.stringify({ ts: earliestMs, server: 's1', ...event });
const reasonOf = (text: string): string | undefined => decodeText(text).problems[0]?.reason;
const bytes = (...pieces: (string | number)[]): Uint8Array =>
  Uint8Array.from(
    pieces.flatMap((piece) => (typeof piece === 'number' ? [piece] : [...new TextEncoder().encode(piece)])),
  );

describe('a line is refused', () => {
  it.each<[string, string, string]>([
    ['that is no JSON', '{"ts":1', 'not-json'],
    ['that goes on after its object', `${line({})} x`, 'not-json'],
    ['with a comma too many', `{"ts":${String(earliestMs)},}`, 'not-json'],
    ['with a key that is no text', '{1:2}', 'not-json'],
    ['with a key that is not closed', '{"ts', 'not-json'],
    ['with a key without colon', '{"ts" 1}', 'not-json'],
    ['with a text that is not closed', '{"url":"a', 'not-json'],
    ['with a category that is not closed', '{"server":"a', 'not-json'],
    ['with a category with a bad escape', '{"server":"a\\x"}', 'not-json'],
    ['with a text with a bad escape', '{"url":"a\\x"}', 'not-json'],
    ['with an integer text that is not closed', '{"id":"a', 'not-json'],
    ['of blanks only', '   ', 'not-json'],
    ['that is an array', '[1,{"a":[]}]', 'not-an-object'],
    ['that is a text', '"x"', 'not-an-object'],
    ['that is null', ' null ', 'not-an-object'],
    ['with a NUL byte', '{"ts":1,"server":"s\0"}', 'nul-byte'],
    ['with a key twice', `{"ts":${String(earliestMs)},"server":"a","server":"b"}`, 'duplicate-key'],
    ['with a key twice, once escaped', `{"ts":${String(earliestMs)},"server":"a","\\u0073erver":"b"}`, 'duplicate-key'],
    ['with an undeclared key twice', line({}).replace('}', ',"x":1,"x":1}'), 'duplicate-key'],
    ['with a number for a category', line({ exchange: 7 }), 'wrong-type'],
    ['with an object for a text', line({ url: {} }), 'wrong-type'],
    ['with a text for an integer', line({ id: '7' }), 'wrong-type'],
    ['with a fraction for an integer', line({ id: 7.5 }), 'wrong-type'],
    ['with 1 for a boolean', line({ won: 1 }), 'wrong-type'],
    ['with a time that is none', line({ ts: 'yesterday' }), 'wrong-type'],
    ['with an integer beyond 2^53', line({}).replace('}', ',"id":9007199254740992}'), 'out-of-range'],
    ['with a number beyond a double', line({}).replace('}', ',"price":1e999}'), 'out-of-range'],
    ['with a time beyond a double', '{"ts":1e999,"server":"s1"}', 'out-of-range'],
    [
      'with an undeclared integer beyond 64 bits',
      line({}).replace('}', ',"x":[18446744073709551616]}'),
      'out-of-range',
    ],
    ['with an undeclared number beyond a double', line({}).replace('}', ',"x":{"y":-1e999}}'), 'out-of-range'],
    ['with half of a surrogate pair in an undeclared text', line({ x: '\ud800' }), 'bad-utf8'],
    ['with half of a surrogate pair in an undeclared key', line({ '\udc00': 1 }), 'bad-utf8'],
    ['without time', '{"server":"s1"}', 'time-missing'],
    ['with the time null', '{"ts":null,"server":"s1"}', 'time-missing'],
    ['with a time before the horizon', line({ ts: earliestMs - 1 }), 'time-before-horizon'],
    ['with a time in seconds', line({ ts: earliestMs / 1_000 }), 'time-before-horizon'],
    ['with a time in the future', line({ ts: latestMs + 1 }), 'time-in-future'],
    ['with a time in microseconds', line({ ts: earliestMs * 1_000 }), 'time-in-future'],
    ['without server', `{"ts":${String(earliestMs)}}`, 'server-missing'],
    ['with the server null', line({ server: null }), 'server-missing'],
    ['with values nested too deep', line({}).replace('}', `,"x":${'['.repeat(66)}${']'.repeat(66)}}`), 'not-json'],
  ])('%s', (_, text, reason) => {
    expect(reasonOf(text)).toBe(reason);
    expect(reasonOf(`${text}\n`)).toBe(reason);
  });

  it.each<[string, Uint8Array]>([
    ['in a category', bytes('{"server":"', 0xff, '"}')],
    ['in a text', bytes('{"url":"', 0xc3, 0x28, '"}')],
    ['in an undeclared text', bytes('{"x":"', 0xed, 0xa0, 0x80, '"}')],
    ['in a key', bytes('{"', 0xf8, '":1}')],
    ['between values', bytes('{"x":', 0xff, '}')],
  ])('with bad UTF-8 %s', (_, raw) => {
    expect(decode(createDecoder(SCHEMA), raw).problems.map(({ reason }) => reason)).toEqual(['bad-utf8']);
  });

  it('over the limit of bytes, and not at it', () => {
    const padded = (length: number): string =>
      line({}).replace('}', `,"x":"${'y'.repeat(length - line({}).length - 7)}"}`);
    expect(reasonOf(padded(4_096))).toBeUndefined();
    const [problem] = decodeText(padded(4_097)).problems;
    expect([problem?.reason, problem?.raw.length, problem?.detail]).toEqual([
      'line-too-long',
      4_096,
      '4097 bytes; 4096 are allowed',
    ]);
  });

  it('with what could be read of it, its bytes and its offset', () => {
    const text = `${line({})}\n${line({ id: 'x' })}\n`;
    const { length, problems } = decodeText(text, { baseOffset: 500 });
    expect([length, problems]).toEqual([
      1,
      [
        {
          offset: 500 + line({}).length + 1,
          reason: 'wrong-type',
          detail: 'id is declared as integer, got "x"',
          raw: bytes(line({ id: 'x' })),
          timeMs: earliestMs,
          shape: {
            members: [
              { name: 'ts', type: 'number' },
              { name: 'server', type: 'string' },
              { name: 'id', type: 'string' },
            ],
          },
        },
      ],
    ]);
  });

  it('for the first of its faults', () => {
    expect(decodeText(line({ id: 'x', exchange: 3, won: 'y' })).problems[0]?.detail).toContain('id is declared');
  });

  it('and leaves nothing in the row that the next line takes', () => {
    const refused = { exchange: 'x1', url: 'a\nb', price: 2, won: true, other: [1], id: 'bad' };
    const batch = decodeText(`${line(refused)}\n${line({})}\n`);
    expect(['exchange', 'url', 'price', 'won', 'id'].map((name) => fieldOf(batch, 0, name))).toEqual(
      new Array(5).fill(undefined),
    );
    expect(restOf(batch, 0)).toEqual({});
  });
});

describe('an event is taken', () => {
  it.each<[string, string]>([
    ['at the first moment allowed', line({ ts: earliestMs })],
    ['at the last', line({ ts: latestMs })],
    ['with its server an empty text', line({ server: '' })],
    ['with a whole number written as a fraction', line({}).replace('}', ',"id":1.0,"price":10e-1}')],
    ['with undeclared integers of 64 bits', line({}).replace('}', ',"x":[18446744073709551615,-9223372036854775808]}')],
    ['with a whole surrogate pair, escaped', line({}).replace('}', ',"x":"\\ud83d\\ude00"}')],
    ['with 64 nested arrays', line({}).replace('}', `,"x":${'['.repeat(64)}${']'.repeat(64)}}`)],
  ])('%s', (_, text) => {
    expect(decodeText(text)).toMatchObject({ length: 1, problems: [] });
  });

  it('with all fields null', () => {
    const batch = decodeText(line({ exchange: null, url: null, id: null, price: null, won: null, x: null }));
    expect(['exchange', 'url', 'id', 'price', 'won'].map((name) => fieldOf(batch, 0, name))).toEqual(
      new Array(5).fill(undefined),
    );
    expect(restOf(batch, 0)).toEqual({ x: null });
  });

  it('with CRLF or LF, with blank lines between, and without a newline at the end', () => {
    const batch = decodeText(`${line({ id: 1 })}\r\n\r\n\n${line({ id: 2 })}\n${line({ id: 3 })}`, { baseOffset: 0 });
    expect([0, 1, 2].map((row) => fieldOf(batch, row, 'id'))).toEqual([1, 2, 3]);
    const length = line({ id: 1 }).length;
    expect([...batch.offsets.subarray(0, 3)]).toEqual([0, length + 5, 2 * length + 6]);
    expect(batch.problems).toEqual([]);
  });

  it('after a byte order mark at the start of its file, and nowhere else', () => {
    expect(decodeText(`\ufeff${line({})}`, { baseOffset: 0 }).length).toBe(1);
    expect(decodeText(`\ufeff${line({})}`, { baseOffset: 10 }).problems.map(({ reason }) => reason)).toEqual([
      'not-json',
    ]);
    expect(decodeText(`${line({})}\n\ufeff${line({})}`, { baseOffset: 0 }).problems).toHaveLength(1);
  });

  it('from the middle of a slice only', () => {
    const text = `garbage\n${line({ id: 1 })}\n${line({ id: 2 })}\n`;
    const start = 8;
    const batch = decodeText(text, { start, end: start + line({ id: 1 }).length + 1, baseOffset: 80 });
    expect([batch.length, batch.problems, batch.offsets[0]]).toEqual([1, [], 80]);
  });

  it('by the thousand, with offsets that the caller gives', () => {
    const count = 3_000;
    const offsets = Float64Array.from({ length: count }, (_, at) => 7 * at);
    const text = Array.from(
      { length: count },
      (_, at) => `${line({ id: at, exchange: `x${String(at)}`, url: `u${String(at)}\t`, extra: at })}\n`,
    ).join('');
    const batch = decodeText(text, { offsets });
    expect([batch.length, batch.problems]).toEqual([count, []]);
    for (const row of [0, 1_023, 1_024, 2_048, 2_999]) {
      const fields = ['id', 'exchange', 'url'].map((name) => fieldOf(batch, row, name));
      expect([batch.offsets[row], ...fields, restOf(batch, row)]).toEqual([
        7 * row,
        row,
        `x${String(row)}`,
        `u${String(row)}\t`,
        { extra: row },
      ]);
    }
  });

  it('in ever new forms, more than are remembered', () => {
    const text = Array.from(
      { length: 21_000 },
      (_, at) => `{"ts":${String(earliestMs)},"server":"s","k${String(at)}":0,"id":${String(at)}}\n`,
    ).join('');
    const batch = decodeText(text);
    expect([batch.length, fieldOf(batch, 20_999, 'id'), restOf(batch, 20_999)]).toEqual([
      21_000,
      20_999,
      { k20999: 0 },
    ]);
  });
});

describe('a stream', () => {
  it('must declare its time and its server', () => {
    expect(() => createDecoder({ ...SCHEMA, timeField: 'id' })).toThrow(RangeError);
    expect(() => createDecoder({ ...SCHEMA, serverField: 'url' })).toThrow(RangeError);
  });
});
