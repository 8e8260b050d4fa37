import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Json, Plugin } from '../../../core/plugin.ts';
import { type ContractTerms, pluginContract } from '../../../core/testkit/contract.ts';
import { plugin, said, shown } from './abovePlugin.ts';

describe('the contract', () => {
  const broken = (tried: Plugin<{ limit: number }>, terms: ContractTerms = { shown }): string[] =>
    pluginContract(tried, terms).flatMap(({ name, check }) => {
      try {
        check();
        return [];
      } catch {
        return [name];
      }
    });

  it('is kept by a good plugin', () => {
    expect(broken(plugin())).toEqual([]);
    expect(broken(plugin(), {})).toEqual([]);
  });

  it.each<[string, Plugin<{ limit: number }>, string]>([
    ['a name with blanks', plugin({ plugin: { name: 'Above all' } }), 'has a name, a version and a description'],
    ['no messages', plugin({ plugin: { messages: {} } }), 'has a template for every message'],
    ['an empty template', plugin({ plugin: { messages: { above: ' ' } } }), 'has a template for every message'],
    [
      'an option without default',
      plugin({ plugin: { options: z.strictObject({ limit: z.number() }) } }),
      'has a default for every option',
    ],
    [
      'options that take anything',
      plugin({ plugin: { options: z.object({ limit: z.number().default(50) }) } }),
      'refuses options that it does not know',
    ],
    [
      'nothing to say',
      plugin({ check: (good) => ({ ...good, window: () => [] }) }),
      'has something to say of what it is shown',
    ],
    ['no judging part', plugin({ check: () => ({}) }), 'judges batches or windows'],
    [
      'chance in its drafts',
      plugin({
        check: (good) => ({ ...good, window: (closed) => said(good, closed, () => ({ observed: Math.random() })) }),
      }),
      'says the same of the same windows',
    ],
    [
      'an eye on the clock',
      plugin({ check: (good) => ({ ...good, window: (closed) => (Date.now(), said(good, closed)) }) }),
      'reads no clock and draws no lots of its own',
    ],
    [
      'a hand on what it is shown',
      plugin({
        check: (good) => ({
          ...good,
          window: (closed) => (Object.assign(closed, { touched: true }), said(good, closed)),
        }),
      }),
      'changes nothing of what it is shown',
    ],
    [
      'a map in its snapshot',
      plugin({ check: (good) => ({ ...good, snapshot: () => [['', new Map() as unknown as Json]] }) }),
      'makes snapshots of plain JSON, one entry a series',
    ],
    [
      'NaN in its snapshot',
      plugin({ check: (good) => ({ ...good, snapshot: () => [['', { a: [Number.NaN] }]] }) }),
      'makes snapshots of plain JSON, one entry a series',
    ],
    [
      'undefined in its snapshot',
      plugin({ check: (good) => ({ ...good, snapshot: () => [['', { a: undefined } as unknown as Json]] }) }),
      'makes snapshots of plain JSON, one entry a series',
    ],
    [
      'one series twice in its snapshot',
      plugin({
        check: (good) => ({
          ...good,
          snapshot: () => [
            ['', 1],
            ['', 2],
          ],
        }),
      }),
      'makes snapshots of plain JSON, one entry a series',
    ],
    [
      'a snapshot but no restore',
      plugin({
        check: (good) => ({ window: (closed) => said(good, closed), snapshot: () => good.snapshot?.() ?? [] }),
      }),
      'makes snapshots of plain JSON, one entry a series',
    ],
    [
      'memory that is not in its snapshot',
      plugin({ check: (good) => ({ ...good, snapshot: () => [] }) }),
      'goes on from a snapshot as if it had never stopped',
    ],
    [
      'memory that a restore leaves',
      plugin({
        check: (good, state) => ({
          ...good,
          restore: (entries) => {
            for (const [, seen] of entries) state.seen += seen as number;
          },
        }),
      }),
      'forgets all else when it is restored',
    ],
    [
      'memory that a restore to nothing leaves',
      plugin({
        check: (good) => ({
          ...good,
          restore: (entries) => {
            const all = [...entries];
            if (all.length > 0) good.restore?.(all);
          },
        }),
      }),
      'begins anew when it is restored to nothing',
    ],
    [
      'a snapshot that forgets',
      plugin({
        check: (good, state) => ({
          ...good,
          snapshot: () => {
            const entries: [string, Json][] = [['', state.seen]];
            state.seen = 0;
            return entries;
          },
        }),
      }),
      'is not changed by a snapshot',
    ],
    [
      'fear of empty windows',
      plugin({
        check: (good) => ({
          ...good,
          window: (closed) => {
            if (closed.series.length === 0) throw new Error('nothing');
            return said(good, closed);
          },
        }),
      }),
      'bears no series and no servers',
    ],
    [
      'fear of silence',
      plugin({
        check: (good) => ({
          ...good,
          window: (closed) => said(good, closed, () => ({ observed: 1 / (closed.series[0]?.events ?? 1) })),
        }),
        plugin: { options: z.strictObject({ limit: z.number().default(-1) }) },
      }),
      'bears silence from the beginning',
    ],
    [
      'numbers that overflow',
      plugin({
        check: (good) => ({
          ...good,
          window: (closed) =>
            said(good, closed, () => ({ observed: (closed.series[0]?.metrics.get('price')?.value ?? 1) * 1e10 })),
        }),
      }),
      'bears extremes after calm',
    ],
  ])('is broken by %s', (_, bad, law) => {
    expect(broken(bad)).toContain(law);
  });

  it('tells what is said differently, and where', () => {
    const forgetful = plugin({ check: (good) => ({ ...good, snapshot: () => [] }) });
    const law = pluginContract(forgetful, { shown }).find(({ name }) => name.startsWith('goes on'));
    expect(law?.check).toThrow(/restored after \d+ windows: .* instead of /);
  });

  it('gives the clock back', () => {
    const before = Date.now();
    for (const { check } of pluginContract(plugin(), { shown })) check();
    expect(Date.now()).toBeGreaterThanOrEqual(before);
    expect(Math.random()).toBeLessThan(1);
    expect(performance.now()).toBeGreaterThan(0);
  });
});
