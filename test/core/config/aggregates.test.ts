import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../core/config/config.ts';

describe('the aggregates of a stream', () => {
  const FIELDS = { ts: 'time', server: 'category', campaign: 'category', url: 'text', price: 'number' };
  const problemsOf = (stream: object): string[] => {
    const parsed = parseConfig({ streams: { bids: { fields: FIELDS, ...stream } } });
    return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
  };

  it('have defaults for what a sketch may be told', () => {
    const aggregates = { prices: { qDigest: 'price', unit: 0.5 }, top: { topK: 'url' } };
    const parsed = parseConfig({ streams: { bids: { fields: FIELDS, aggregates } } });
    expect(parsed.ok && parsed.config.streams['bids']).toMatchObject({
      aggregates: { prices: { qDigest: 'price', unit: 0.5, from: 0, bits: 32 }, top: { topK: 'url', k: 10 } },
    });
  });

  it.each([
    ['take categories and texts', { aggregates: { a: { topK: 'campaign', k: 5 }, b: { distinct: 'url' } } }],
    [
      'give metrics the number of distinct texts',
      { aggregates: { a: { distinct: 'url' } }, metrics: { a: { value: 'a' } } },
    ],
    [
      'give metrics quantiles of a q-digest',
      { aggregates: { a: { qDigest: 'price', unit: 1 } }, metrics: { a: { quantile: ['a', 0.5] } } },
    ],
  ])('%s', (_, stream) => {
    expect(problemsOf(stream)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    [
      'distinct numbers',
      { aggregates: { a: { distinct: 'price' } } },
      /aggregates\.a: declare fields\.price as category or text/,
    ],
    [
      'frequent numbers',
      { aggregates: { a: { topK: 'price' } } },
      /aggregates\.a: declare fields\.price as category or text/,
    ],
    [
      'a q-digest of texts',
      { aggregates: { a: { qDigest: 'url', unit: 1 } } },
      /declare fields\.url as integer, number/,
    ],
    [
      'a q-digest without a unit',
      { aggregates: { a: { qDigest: 'price' } } },
      /aggregates\.a: .*qDigest \(with a unit\)/,
    ],
    ['a unit of nothing', { aggregates: { a: { qDigest: 'price', unit: 0 } } }, /aggregates\.a\.unit: .*>0/],
    ['too many bits', { aggregates: { a: { qDigest: 'price', unit: 1, bits: 33 } } }, /aggregates\.a\.bits: .*<=32/],
    ['too many frequent texts', { aggregates: { a: { topK: 'url', k: 65 } } }, /aggregates\.a\.k: .*<=64/],
    [
      'a kind that there is not',
      { aggregates: { a: { mean: 'price' } } },
      /aggregates\.a: name a field under sum, min,/,
    ],
    [
      'frequent texts as a value',
      { aggregates: { a: { topK: 'url' } }, metrics: { m: { value: 'a' } } },
      /m: a gives texts, and m takes a number/,
    ],
    [
      'a q-digest as a value',
      { aggregates: { a: { qDigest: 'price', unit: 1 } }, metrics: { m: { value: 'a' } } },
      /m: a gives quantiles/,
    ],
    [
      'a quantile of a number of texts',
      { aggregates: { a: { distinct: 'url' } }, metrics: { m: { quantile: ['a', 0.5] } } },
      /m: a gives a number, and m takes quantiles/,
    ],
  ])('are not %s', (_, stream, message) => {
    const problems = problemsOf(stream);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  const READY = {
    aggregates: { spend: { sum: 'price' }, sold: { sum: 'price' }, urls: { distinct: 'url' } },
    metrics: {
      perSale: { ratio: ['spend', 'sold'] },
      variety: { ratio: ['urls', 'events'] },
      different: { value: 'urls' },
    },
  };
  it.each(['events', 'spend', 'perSale'])('may be what readiness is asked of: %s', (metric) => {
    expect(problemsOf({ ...READY, ready: { metric } })).toEqual([]);
  });

  it.each<[string, string]>([
    [
      'revenue',
      'revenue is neither among the aggregates (events, spend, sold, urls) nor among the metrics (perSale, variety, different)',
    ],
    [
      'urls',
      'there is no interval of urls: it is no count, no sum and no ratio of them; choose from events, spend, sold, perSale',
    ],
    [
      'variety',
      'there is no interval of variety: it is no count, no sum and no ratio of them; choose from events, spend, sold, perSale',
    ],
  ])('may not: %s', (metric, message) => {
    expect(problemsOf({ ...READY, ready: { metric } })).toEqual([`streams.bids.ready.metric: ${message}`]);
  });
});
