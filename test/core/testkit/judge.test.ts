import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../core/plugin.ts';
import { frozen } from '../../../core/testkit/frozen.ts';
import { judgeWindows, type Told } from '../../../core/testkit/judge.ts';
import { windows } from '../../../core/testkit/windows.ts';
import { plugin, shown } from './abovePlugin.ts';

describe('judgeWindows', () => {
  it('gives drafts with their window and text', () => {
    expect(judgeWindows(plugin(), { limit: 99 }, shown.slice(4, 6))).toMatchObject([
      { at: 1, message: 'above', text: 'requests{a=1} is above 99 for the 1. time.' },
    ]);
  });

  it('tells the check of its stream what the windows show', () => {
    let told: Told | undefined;
    const watching = plugin({ plugin: { create: (_, host) => ((told = host), {}) } });
    judgeWindows(watching, {}, windows({ series: { '': { events: '5', fill: '1/2' } }, windowMs: 1_000 }), {
      streamKind: 'packets',
    });
    expect(told).toMatchObject({ stream: 'requests', streamKind: 'packets', windowMs: 1_000 });
    expect(told?.metrics?.map(({ name, metric }) => [name, metric.kind])).toEqual([
      ['events', 'value'],
      ['fill', 'ratio'],
    ]);
    expect(judgeWindows(watching, {}, [])).toEqual([]);
  });

  it('seeds randomness by the window', () => {
    const draw = plugin({
      plugin: {
        create: (_, host) => ({
          window: ({ series: [one] }) => [
            {
              message: 'above',
              data: { limit: host.random(), seen: 1 },
              severity: 'info',
              series: one?.series ?? '',
              labels: {},
            },
          ],
        }),
      },
    });
    const [first, second] = judgeWindows(draw, {}, shown).map(({ data }) => data['limit']);
    expect(judgeWindows(draw, {}, shown.slice(1))[0]?.data['limit']).toBe(second);
    expect(first).not.toBe(second);
  });

  it.each<[string, Partial<Draft>, RegExp]>([
    ['a message that is not declared', { message: 'below' }, /declare/],
    ['a message of every object', { message: 'toString' }, /declare/],
    ['a placeholder without data', { data: { limit: 1 } }, /\{seen\}/],
    ['data that is not finite', { data: { limit: Number.NaN, seen: 1 } }, /limit is NaN/],
    ['an observation that is not finite', { observed: Number.POSITIVE_INFINITY }, /observed is Infinity/],
    [
      'a band that is not finite',
      { expected: { low: Number.NEGATIVE_INFINITY, center: 0, high: 0 } },
      /low is -Infinity/,
    ],
    ['a band in disorder', { expected: { low: 2, center: 1, high: 3 } }, /order/],
    ['a rarity of 0', { rarity: 0 }, /rarity/],
    ['a rarity above 1', { rarity: 1.1 }, /rarity/],
    ['a label that is no text', { labels: { a: 1 } as never }, /labels as text/],
  ])('refuses %s', (_, draft, message) => {
    expect(() => judgeWindows(plugin({ draft }), {}, shown)).toThrow(message);
  });
});

describe('frozen', () => {
  const value = {
    list: [{ a: 1 }],
    map: new Map([['k', { b: 1 }]]),
    set: new Set([1]),
    bytes: Uint8Array.of(1),
    nothing: null,
  };
  const copy = frozen(value);

  it('is equal to what it was made of', () => {
    expect(copy).toEqual(value);
  });

  it.each<[string, () => unknown]>([
    ['members', () => (copy.list[0]!.a = 2)],
    ['lists', () => copy.list.push({ a: 2 })],
    ['maps', () => copy.map.set('k', { b: 2 })],
    ['what maps hold', () => (copy.map.get('k')!.b = 2)],
    ['sets', () => copy.set.add(2)],
    ['sets by clearing', () => copy.set.clear()],
  ])('refuses a change of %s', (_, change) => {
    expect(change).toThrow(TypeError);
  });
});
