import { describe, expect, it } from 'vitest';
import { series } from '../../../core/testkit/notation.ts';
import { windows } from '../../../core/testkit/windows.ts';

const numbers = (text: string): (number | undefined)[] => series(text).map((noted) => noted?.value);

describe('the notation of series', () => {
  it.each<[string, (number | undefined)[]]>([
    ['100', [100]],
    ['100 x3', [100, 100, 100]],
    ['100x3', [100, 100, 100]],
    ['1 2, 3 x2 _ x2,4', [1, 2, 3, 3, undefined, undefined, 4]],
    ['100+10 x3', [100, 110, 120]],
    ['100-10x3', [100, 90, 80]],
    ['-5 x2', [-5, -5]],
    ['0.5, 1e3, 1e-2', [0.5, 1_000, 0.01]],
    ['7 x0', []],
    ['', []],
    [' 5 ', [5]],
  ])('%j', (text, expected) => {
    expect(numbers(text)).toEqual(expected);
  });

  it('has ratios with their parts', () => {
    expect(series('30/100')).toEqual([{ value: 0.3, numerator: 30, denominator: 100 }]);
  });

  it('has noise that is the same on every run, and another for another seed', () => {
    expect(series('100~10 x50')).toEqual(series('100~10 x50'));
    expect(series('100~10 x50')).not.toEqual(series('100~10 x50', 'other'));
  });

  it('has noise of the deviation that is written, whole where the number is whole', () => {
    const drawn = numbers('1000~20 x10000').map(Number);
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    const deviation = Math.sqrt(drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length);
    expect([Math.abs(mean - 1_000) < 1, Math.abs(deviation - 20) < 1, drawn.every(Number.isInteger)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(numbers('0.5~0.1 x20').every(Number.isInteger)).toBe(false);
    expect(Math.min(...numbers('1~5 x100').map(Number))).toBe(0);
  });

  it.each(['x5', '100 y5', '1/ x5', '~3', '100 x', '1-', '__'])('%j is none', (text) => {
    expect(() => series(text)).toThrow(RangeError);
  });
});

describe('windows in short', () => {
  it('follow each other, all as many as the longest text', () => {
    const shown = windows({
      stream: 'bids',
      windowMs: 1_000,
      startMs: 5_000,
      series: { '': '1 x3' },
      servers: { s1: '1 x2' },
    });
    expect(shown.map(({ stream, startMs, endMs }) => [stream, startMs, endMs])).toEqual([
      ['bids', 5_000, 6_000],
      ['bids', 6_000, 7_000],
      ['bids', 7_000, 8_000],
    ]);
    expect(shown[2]?.servers).toMatchObject([{ server: 's1', received: 0, heartbeat: false }]);
    expect(windows({})).toEqual([]);
  });

  it('show silence as the host does', () => {
    const [closed] = windows({ series: { 'exchange=x7': { events: '_', fill: '_' } } });
    expect(closed?.series).toMatchObject([{ series: 'exchange=x7', labels: { exchange: 'x7' }, events: 0 }]);
    expect([...(closed?.series[0]?.metrics ?? [])]).toEqual([
      ['events', { value: 0 }],
      ['fill', { value: undefined }],
    ]);
  });

  it('take the events of a series from its metrics where they are not told', () => {
    const events = (noted: Record<string, string>): unknown =>
      windows({ series: { a: noted } }).map(({ series: [one] }) => one?.events);
    expect([events({ fill: '30/400, _' }), events({ price: '5, _' }), events({ events: '7', fill: '1/2' })]).toEqual([
      [400, 0],
      [100, 0],
      [7],
    ]);
  });

  it('tell servers by all witnesses', () => {
    const { servers } = windows({
      servers: {
        s2: { announced: '5, _', heartbeat: '0, 1' },
        s1: { received: '4', repeated: '1', missingByManifest: '2', missingBySequence: '3' },
      },
    })[0]!;
    expect(servers).toEqual([
      {
        server: 's1',
        isDeclared: false,
        received: 4,
        announced: undefined,
        missingByManifest: 2,
        missingBySequence: 3,
        repeated: 1,
        boots: [],
        fields: [],
        twiceTold: [],
        heartbeat: false,
      },
      {
        server: 's2',
        isDeclared: false,
        received: 0,
        announced: 5,
        missingByManifest: 0,
        missingBySequence: 0,
        repeated: 0,
        boots: [],
        fields: [],
        twiceTold: [],
        heartbeat: true,
      },
    ]);
  });

  it('carry readings of a plugin', () => {
    const shown = windows({ readings: { 'build=b1': { 'p.x': [{ events: 7 }, undefined, 'read'] } } });
    expect(
      shown.map(({ extra }) => extra.map(({ series: text, events, readings }) => [text, events, readings.get('p.x')])),
    ).toEqual([[['build=b1', 7, { events: 7 }]], [], [['build=b1', 1, 'read']]]);
  });
});
