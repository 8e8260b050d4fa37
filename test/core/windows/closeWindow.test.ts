import { describe, expect, it } from 'vitest';
import type { Witnesses } from '../../../core/windows/arrivalsOf.ts';
import { closeWindow } from '../../../core/windows/closeWindow.ts';
import type { ClosedWindow } from '../../../core/windows/closedWindow.ts';
import { JudgeMemory } from '../../../core/windows/judgeMemory.ts';
import { type CellRow, mergeWindow } from '../../../core/windows/mergeWindow.ts';
import { cutText } from '../../../core/windows/series.ts';
import { BIDS, planned } from './planning.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SEEN = { seenForMs: DAY_MS, declared: [] };
const plan = planned(BIDS);
const nobody: Witnesses = { heartbeats: new Set(), announced: new Map(), counted: new Map(), shortFiles: [] };

/** A stored cell of one partition: its states grown from these prices. */
function cell(cut: string, series: string, prices: readonly number[]): CellRow {
  const aggregates = plan.cuts.find(({ dimensions }) => cutText(dimensions) === cut)?.aggregates ?? [];
  const states = new Map(
    aggregates
      .filter(({ aggregate }) => aggregate.of !== 'row')
      .map(({ name, aggregate }) => {
        const state = aggregate.aggregator.empty();
        for (const price of prices) aggregate.aggregator.add(state, price as never);
        return [name, aggregate.aggregator.encode(state)];
      }),
  );
  return { windowStartMs: 0, cut, series, states };
}

function close(
  rows: readonly CellRow[],
  changed: { memory?: JudgeMemory; startMs?: number; witnesses?: Witnesses } = {},
): ClosedWindow {
  const { memory = new JudgeMemory(SEEN), startMs = 0, witnesses = nobody } = changed;
  const window = { startMs, endMs: startMs + MINUTE_MS };
  const merged = mergeWindow(plan, window, rows);
  return closeWindow({ plan, serverCut: 'server' }, memory, { ...window, revision: 0, merged, witnesses }).closed;
}

const metricsOf = (closed: ClosedWindow, series: string): Record<string, unknown> =>
  Object.fromEntries(closed.series.find((one) => one.series === series)?.metrics ?? []);

describe('partitions are merged', () => {
  const closed = close([cell('', '', [1, 2, 6]), cell('', '', [3]), cell('exchange', 'exchange=x7', [1, 2, 6])]);

  it('to the numbers of all their events', () => {
    expect(metricsOf(closed, '')).toEqual({
      events: { value: 4 },
      spend: { value: 12 },
      perEvent: { value: 3, numerator: 12, denominator: 4 },
      median: { value: 2.5 },
      ofMost: { value: 2, numerator: 12, denominator: 6 },
      oddly: { value: undefined },
    });
  });

  it('each series by itself, sorted, with its labels', () => {
    expect(closed.series.map(({ series, labels, events }) => [series, labels, events])).toEqual([
      ['', {}, 4],
      ['exchange=x7', { exchange: 'x7' }, 3],
    ]);
  });

  it('also from cells of a time when an aggregate did not exist', () => {
    const old: CellRow = {
      ...cell('', '', [1, 2]),
      states: new Map([...cell('', '', [1, 2]).states].filter(([name]) => name === 'events')),
    };
    expect(metricsOf(close([old, cell('', '', [5])]), '')).toMatchObject({ events: { value: 3 }, spend: { value: 5 } });
  });
});

describe('a series that was there in the day before', () => {
  const rows = [cell('', '', [1]), cell('exchange', 'exchange=x7', [1])];

  it.each<[string, number, boolean]>([
    ['is shown in its silence', MINUTE_MS, true],
    ['is shown for a day', DAY_MS, true],
    ['is forgotten after it', DAY_MS + MINUTE_MS, false],
  ])('%s', (_, startMs, isShown) => {
    const memory = new JudgeMemory(SEEN);
    close(rows, { memory });
    const later = close([], { memory, startMs });
    expect(later.series.map(({ series }) => series)).toEqual(isShown ? ['', 'exchange=x7'] : []);
    if (isShown)
      expect(metricsOf(later, 'exchange=x7')).toMatchObject({
        events: { value: 0 },
        spend: { value: 0 },
        perEvent: { value: undefined, numerator: 0, denominator: 0 },
        median: { value: undefined },
        ofMost: { value: undefined },
      });
  });

  it('is remembered through a snapshot, and nothing else is', () => {
    const memory = new JudgeMemory(SEEN);
    close([...rows, cell('server', 'server=s1', [1])], { memory });
    const restored = new JudgeMemory(SEEN);
    close([cell('exchange', 'exchange=other', [1])], { memory: restored });
    restored.restore(memory.serialize());
    expect(restored.serialize()).toBe(memory.serialize());
    expect([...(restored.knownSeries(MINUTE_MS).get('exchange') ?? [])]).toEqual(['exchange=x7']);
    expect(restored.roster(MINUTE_MS).servers).toEqual(['s1']);
    restored.restore(undefined);
    expect(restored.expectsNobody(MINUTE_MS)).toBe(true);
  });

  it('leaves memory a day later', () => {
    const memory = new JudgeMemory(SEEN);
    close([...rows, cell('server', 'server=s1', [1])], { memory });
    const before = memory.serialize();
    memory.forgetBefore(DAY_MS);
    expect(memory.serialize()).toBe(before);
    memory.forgetBefore(DAY_MS + 1);
    expect(JSON.parse(memory.serialize())).toMatchObject({
      series: [
        ['', []],
        ['exchange', []],
      ],
      servers: [],
    });
  });
});

describe('servers are accounted for', () => {
  const sent = cell('server', 'server=s1', [1, 2, 3]);
  const of = (witnesses: Partial<Witnesses>, rows: readonly CellRow[] = [sent]): ClosedWindow =>
    close(rows, { witnesses: { ...nobody, ...witnesses } });
  const packet = (events: number): Partial<Witnesses> => ({
    heartbeats: new Set(['s1']),
    announced: new Map([['s1', events]]),
  });
  const short = (firstEventMs: number, lastEventMs: number, server = 's1'): Partial<Witnesses> => ({
    shortFiles: [{ server, firstEventMs, lastEventMs, missing: 100 }],
  });

  it('by what came of each', () => {
    expect(of({}).servers).toEqual([
      {
        server: 's1',
        isDeclared: false,
        received: 3,
        announced: undefined,
        missingByManifest: 0,
        missingBySequence: 0,
        repeated: 0,
        boots: [],
        fields: [{ field: 'price', present: 3 }],
        twiceTold: [],
        heartbeat: false,
      },
    ]);
  });

  it('with the sums that their packets have too', () => {
    const counted = new Map([['s1', new Map(Object.entries({ spend: 7, spendByOthers: 3 }))]]);
    expect(of({ counted }).servers[0]?.twiceTold).toEqual([{ metric: 'spend', received: 6, announced: 7 }]);
  });

  it('with what their packets say, heard of or not', () => {
    const { servers } = of({
      heartbeats: new Set(['s1', 's2']),
      announced: new Map([
        ['s1', 4],
        ['s2', 0],
      ]),
    });
    expect(
      servers.map(({ server, received, announced, heartbeat }) => [server, received, announced, heartbeat]),
    ).toEqual([
      ['s1', 3, 4, true],
      ['s2', 0, 0, true],
    ]);
  });

  it.each<[string, Partial<Witnesses>, number]>([
    ['all that a file within the window lacks', short(0, MINUTE_MS - 1), 100],
    ['its share of a longer file', short(0, 4 * MINUTE_MS - 1), 25],
    ['nothing of a file before', short(-2 * MINUTE_MS, -1), 0],
    ['nothing of a file after', short(MINUTE_MS, 2 * MINUTE_MS), 0],
    ['nothing of the file of another server', short(0, MINUTE_MS - 1, 's2'), 0],
  ])('with %s', (_, witnesses, missing) => {
    expect(of(witnesses).servers.map(({ missingByManifest }) => missingByManifest)).toEqual([missing]);
  });

  it.each<[string, Partial<Witnesses>, readonly CellRow[], string]>([
    ['when all that is announced came', packet(3), [sent], 'complete'],
    ['when more came', packet(2), [sent], 'complete'],
    ['not when fewer came', packet(4), [sent], 'ready'],
    ['when there was nothing to send', packet(0), [], 'complete'],
    ['with nobody expected', {}, [], 'complete'],
  ])('and the window is complete %s', (_, witnesses, rows, state) => {
    expect(of(witnesses, rows).state).toBe(state);
  });

  it('and is not complete while one of the roster is silent', () => {
    const memory = new JudgeMemory(SEEN);
    close([sent], { memory });
    const later = close([], { memory, startMs: MINUTE_MS });
    expect([later.state, later.servers.map(({ server, received }) => [server, received])]).toEqual([
      'ready',
      [['s1', 0]],
    ]);
  });
});
