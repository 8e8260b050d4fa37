import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../core/findings/draft.ts';
import { evidenceSql } from '../../../core/findings/evidence.ts';
import { fnv1a64 } from '../../../core/findings/fnv1a64.ts';
import { seededRandom } from '../../../core/findings/random.ts';
import { fillIn, sign, type Signer } from '../../../core/findings/sign.ts';

const START_MS = Date.UTC(2026, 0, 1, 10, 20);
const window = { startMs: START_MS, endMs: START_MS + 60_000, revision: 2 };
const table = { database: 'touchstone', stream: 'bids', columns: new Set(['server', 'exchange', 'odd`name', 'price']) };
const signer: Signer = {
  plugin: 'p',
  messages: { low: '{metric} of {series} is {observed} on {server}, {nothing}' },
  table,
};
const draft: Draft = {
  message: 'low',
  data: { metric: 'fill', observed: 0.123456 },
  severity: 'warning',
  series: 'exchange=x7',
  labels: { server: 's1' },
};

describe('FNV-1a, 64 bit', () => {
  // From the test vectors of draft-eastlake-fnv, appendix C.
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('of %j is %s', (text, hash) => {
    expect(fnv1a64(text)).toBe(hash);
    expect(fnv1a64(new TextEncoder().encode(text))).toBe(hash);
  });
});

describe('a finding', () => {
  const finding = sign(signer, window, draft);

  it('is the draft with its check, stream, window and text', () => {
    expect(finding).toMatchObject({
      ...draft,
      plugin: 'p',
      check: 'low',
      stream: 'bids',
      startMs: START_MS,
      endMs: START_MS + 60_000,
      revision: 2,
    });
    expect(finding.text).toBe('fill of bids{exchange=x7} is 0.1235 on s1, {nothing}');
  });

  it('keeps its id when it is found again, whatever it says', () => {
    const again = sign(
      signer,
      { ...window, revision: 3 },
      { ...draft, data: { metric: 'fill', observed: 9 }, severity: 'critical', rarity: 0.5 },
    );
    expect([again.id, again.fingerprint]).toEqual([finding.id, finding.fingerprint]);
  });

  it('keeps its fingerprint in other windows, not its id', () => {
    const later = sign(signer, { ...window, startMs: START_MS + 60_000, endMs: START_MS + 120_000 }, draft);
    expect(later.fingerprint).toBe(finding.fingerprint);
    expect(later.id).not.toBe(finding.id);
  });

  it('does not care in which order its labels were written', () => {
    const [ab, ba] = [
      { a: '1', b: '2' },
      { b: '2', a: '1' },
    ].map((labels) => sign(signer, window, { ...draft, labels }).id);
    expect(ab).toBe(ba);
  });

  it.each<[string, Partial<Draft>, Partial<Signer>]>([
    ['series', { series: 'exchange=x8' }, {}],
    ['labels', { labels: { server: 's2' } }, {}],
    ['plugin', {}, { plugin: 'q' }],
    ['stream', {}, { table: { ...table, stream: 'wins' } }],
  ])('is another one with another %s', (_, changed, by) => {
    expect(sign({ ...signer, ...by }, window, { ...draft, ...changed }).fingerprint).not.toBe(finding.fingerprint);
  });

  it.each<[string, Partial<Draft>]>([
    ['a message that is not declared', { message: 'high' }],
    ['data that is no number', { data: { metric: Number.NaN } }],
    ['an observation that is infinite', { observed: Number.POSITIVE_INFINITY }],
    ['a rarity that is none', { rarity: Number.NaN }],
    ['a band that is infinite', { expected: { low: 0, center: 1, high: Number.POSITIVE_INFINITY } }],
  ])('is not made of %s', (_, changed) => {
    expect(() => sign(signer, window, { ...draft, ...changed })).toThrow(RangeError);
  });
});

describe('a template', () => {
  it.each<[string, Record<string, string | number>, string]>([
    ['{a} of {b}', { a: 1, b: 'x' }, '1 of x'],
    ['{a}{a}', { a: 'x' }, 'xx'],
    ['{a} {missing}', { a: 1_234_567 }, '1234567 {missing}'],
    ['{a}', { a: 1_234.5678 }, '1235'],
    ['{a}', { a: 0.000012345678 }, '0.00001235'],
    ['{a}', { a: '{b}', b: 'x' }, '{b}'],
    ['{a}', { a: '$&' }, '$&'],
  ])('%s with %j', (template, values, text) => {
    expect(fillIn(template, values)).toBe(text);
  });
});

describe('the evidence of a finding', () => {
  const where = (changed: Partial<Draft>): string =>
    / WHERE (.*) ORDER BY /.exec(evidenceSql(table, window, { ...draft, labels: {}, series: '', ...changed }))?.[1] ??
    '';
  const time =
    "time >= toDateTime64('2026-01-01 10:20:00.000', 3, 'UTC') AND time < toDateTime64('2026-01-01 10:21:00.000', 3, 'UTC')";

  it('is a whole statement', () => {
    expect(evidenceSql(table, window, draft)).toBe(
      `SELECT * FROM touchstone.events_bids WHERE ${time} AND server = 's1' AND exchange = 'x7' ORDER BY time DESC, partition, offset DESC LIMIT 1000`,
    );
  });

  it.each<[string, Partial<Draft>, string]>([
    ['a value with quotes', { series: "exchange=it's \\\\ here" }, " AND exchange = 'it\\'s \\\\ here'"],
    ['a value with a NUL', { labels: { server: 'a\0b' } }, " AND server = 'a\\0b'"],
    ['an absent value', { series: 'exchange=' }, " AND ifNull(exchange, '') = ''"],
    ['a column whose name must be quoted', { labels: { 'odd`name': 'x' } }, " AND `odd\\`name` = 'x'"],
    ['a label that is no column', { labels: { metric: 'fill' } }, ''],
    ['null', { evidence: [{ column: 'price', is: 'null' }] }, ' AND price IS NULL'],
    ['not null', { evidence: [{ column: 'price', is: 'not null' }] }, ' AND price IS NOT NULL'],
    ['a number', { evidence: [{ column: 'price', is: '>=', value: 1.5 }] }, ' AND price >= 1.5'],
    ['a text', { evidence: [{ column: 'exchange', is: '!=', value: "'; DROP" }] }, " AND exchange != '\\'; DROP'"],
    ['a comparison with nothing', { evidence: [{ column: 'exchange', is: '=' }] }, " AND exchange = ''"],
    ['a filter on no column', { evidence: [{ column: 'device', is: 'null' }] }, ''],
  ])('narrows by %s', (_, changed, condition) => {
    expect(where(changed)).toBe(`${time}${condition}`);
  });

  it('begins with the first window that the finding is about', () => {
    expect(where({ sinceMs: START_MS - 240_000 })).toContain(
      "time >= toDateTime64('2026-01-01 10:16:00.000', 3, 'UTC')",
    );
  });
});

describe('seeded randomness', () => {
  const draw = (seed: string): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 10_000 }, () => random());
  };

  it('depends on the seed alone', () => {
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('is uniform in [0, 1)', () => {
    const numbers = draw('a');
    const deciles = Array.from({ length: 10 }, (_, at) => numbers.filter((n) => Math.floor(n * 10) === at).length);
    expect(deciles.reduce((sum, n) => sum + n, 0)).toBe(10_000);
    // Chi-squared of 9 degrees of freedom: beyond 33.7 one time in ten thousand.
    expect(deciles.reduce((sum, n) => sum + (n - 1_000) ** 2 / 1_000, 0)).toBeLessThan(33.7);
  });
});
