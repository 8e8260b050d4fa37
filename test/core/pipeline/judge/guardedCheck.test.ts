import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GuardedCheck } from '../../../../core/pipeline/judge/guardedCheck.ts';
import { type Check, type CheckHost, definePlugin, type Draft } from '../../../../core/plugin.ts';
import type { ClosedWindow } from '../../../../core/windows/closedWindow.ts';

const MINUTE = 60_000;
const closed = (startMs: number): ClosedWindow => ({
  startMs,
  endMs: startMs + MINUTE,
  stream: 'bids',
  revision: 0,
  state: 'complete',
  series: [],
  extra: [],
  servers: [],
});
const odd: Draft<'odd'> = {
  message: 'odd',
  data: { what: 'this' },
  severity: 'warning',
  series: 'exchange=x1',
  labels: {},
};

/** A check of a plugin that does what it is told; `stopwatch` stands still unless told otherwise. */
function guarded(create: (host: CheckHost) => Check<'odd'>, stopwatch = (): number => 0): GuardedCheck {
  const plugin = definePlugin({
    name: 'probe',
    version: '1.0.0',
    description: 'Does what it is told.',
    messages: { odd: '{what} of {series} is odd.' },
    options: z.strictObject({}),
    create: (_options, host) => create(host),
  });
  return new GuardedCheck(
    { plugin: plugin, options: {} },
    {
      plan: { stream: 'bids', windowMs: MINUTE, cuts: [], metrics: [] },
      streamKind: 'events',
      table: { database: 'touchstone', stream: 'bids', columns: new Set(['exchange']) },
      checkMsMax: 100,
      stopwatch,
    },
  );
}

describe('a guarded check', () => {
  it('signs what the check says', () => {
    const [finding] = guarded(() => ({ window: () => [odd] })).window(closed(0));
    expect(finding).toMatchObject({ plugin: 'probe', check: 'odd', stream: 'bids', startMs: 0, endMs: MINUTE });
    expect(finding?.text).toBe('this of bids{exchange=x1} is odd.');
    expect(finding?.evidenceSql).toContain("exchange = 'x1'");
  });

  it.each<[string, () => readonly Draft<'odd'>[], string]>([
    [
      'throws',
      () => {
        throw new Error('a bug of its own');
      },
      'it threw: a bug of its own',
    ],
    ['gives a number that is none', () => [{ ...odd, observed: Number.NaN }], 'NaN in odd'],
    ['says what it did not declare', () => [{ ...odd, message: 'other' as 'odd' }], 'declare the message other'],
    ['says too much', () => new Array<Draft<'odd'>>(10_001).fill(odd), 'it gave 10001 findings of one window'],
  ])('is quarantined when it %s, and that is a finding', (_, window, reason) => {
    const check = guarded(() => ({ window }));
    const [finding, ...others] = check.window(closed(0));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      plugin: 'touchstone',
      check: 'quarantined',
      severity: 'critical',
      labels: { plugin: 'probe' },
    });
    expect(finding?.text).toContain(reason);
    expect(check.isQuarantined).toBe(true);
    expect(check.window(closed(MINUTE))).toEqual([]);
    expect([...check.snapshot()]).toEqual([]);
  });

  it('is quarantined when it takes longer than it may', () => {
    let nowMs = 0;
    const check = guarded(
      () => ({ window: () => [] }),
      () => (nowMs += 101),
    );
    expect(check.window(closed(0))[0]?.text).toContain('it took 101 ms; 100 ms are allowed');
  });

  it('has the same random numbers for the same window, whatever came before', () => {
    const seen: number[] = [];
    const looking = (): GuardedCheck =>
      guarded((host) => ({
        window: () => {
          seen.push(host.random(), host.random());
          return [];
        },
      }));
    const first = looking();
    first.window(closed(0));
    first.window(closed(MINUTE));
    looking().window(closed(MINUTE));
    expect(seen.slice(4)).toEqual(seen.slice(2, 4));
    expect(seen.slice(0, 2)).not.toEqual(seen.slice(2, 4));
    expect(seen.every((number) => number >= 0 && number < 1)).toBe(true);
  });
});
