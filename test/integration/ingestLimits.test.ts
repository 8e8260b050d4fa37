import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deadLetterRow, jsonRows } from '../../core/store/insertBodies.ts';
import { BIDS, bids, type BidsRun, startBidsRun } from '../support/bidsRun.ts';
import { truthOf } from '../support/logTruth.ts';
import * as stored from '../support/storedTotals.ts';

let world: BidsRun;
beforeEach(async () => {
  world = await startBidsRun();
});
afterEach(() => world.stop());

const AT_MS = Date.UTC(2026, 0, 1);
const event = (members: Record<string, unknown>): string => JSON.stringify({ ts: AT_MS, server: 's1', ...members });

/** Lines that are no events, with the reason that is to be told. */
const POISON: readonly (readonly [string, Buffer | string])[] = [
  ['not-json', '{"ts":'],
  ['not-json', '{"ts":1,}'],
  ['not-json', '\u0007garbage'],
  ['not-json', `${event({})} trailing`],
  ['not-an-object', '[1,2,3]'],
  ['not-an-object', '"text"'],
  ['nul-byte', `{"ts":\u0000}`],
  ['bad-utf8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  [
    'bad-utf8',
    Buffer.concat([Buffer.from(`{"ts":${String(AT_MS)},"server":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
  ],
  ['line-too-long', event({ url: 'u'.repeat(5_000) })],
  ['duplicate-key', `{"ts":${String(AT_MS)},"server":"s1","url":"a","url":"b"}`],
  ['wrong-type', event({ priceMicros: 'many' })],
  ['wrong-type', event({ url: { nested: true } })],
  ['wrong-type', event({ priceMicros: 1.5 })],
  ['time-missing', '{"server":"s1"}'],
  ['time-in-future', event({ ts: Date.UTC(2100, 0, 1) })],
  ['time-before-horizon', event({ ts: Date.UTC(2001, 10, 1) })],
  ['server-missing', JSON.stringify({ ts: AT_MS })],
];

const bytes = (lines: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [typeof line === 'string' ? Buffer.from(line) : line, Buffer.from('\n')]));

async function findings(limit: string): Promise<number> {
  const [row] = await world.engine.admin.query<{ n: string }>(
    `SELECT count() AS n FROM touchstone.findings WHERE check = 'limit-reached' AND labels['limit'] = {limit:String} AND text LIKE concat('%', {limit:String}, '%')`,
    { limit },
  );
  return Number(row?.n);
}

const valuesOf = (aggregate: string, cut: string): Promise<string[]> =>
  stored.aggregateValues(world.engine.admin, { stream: 'bids', cut, aggregate });

describe('a poison line', () => {
  it('never blocks: it becomes a dead letter with its bytes, and the lines around it events', async () => {
    const lines = POISON.flatMap(([, line], at) => [event({ priceMicros: at }), line]);
    const text = bytes([...lines, '', '\r', event({ priceMicros: 99 })]);
    world.append('s1/a', text);
    world.close('s1/a');
    const run = await world.start({ limits: { lineBytesMax: 1_024 } });
    await world.stored(text.length);
    await run.stop();
    const rows = await world.engine.admin.query<{ reason: string; hex: string; offset: string }>(
      'SELECT reason::String AS reason, rawHex AS hex, offset FROM touchstone.dead_letter_rows FINAL ORDER BY offset',
    );
    expect(rows.map(({ reason }) => reason)).toEqual(POISON.map(([reason]) => reason));
    const starts = POISON.map((_, at) => bytes(lines.slice(0, 2 * at + 1)).length);
    expect(rows.map(({ offset }) => Number(offset))).toEqual(starts);
    expect(rows.map(({ hex }) => hex)).toEqual(
      POISON.map(([, line]) => Buffer.from(line).subarray(0, 1_024).toString('hex')),
    );
    expect(await stored.rowCounts(world.engine.admin, 'bids')).toEqual({
      rows: POISON.length + 1,
      unique: POISON.length + 1,
    });
  });
});

describe('a dead letter', () => {
  // Known and told: times of less than ten digits of seconds, and beyond the year 2299, make ClickHouse refuse the whole batch, for ever.
  it.each([1, -1, 60_000, 1e15, 8.65e15, 1e300])('may tell of any time: %s', async (timeMs) => {
    const run = await world.start();
    await run.stop();
    const problem = { offset: 0, reason: 'time-before-horizon', detail: '', raw: Buffer.from('{}'), timeMs } as const;
    const row = deadLetterRow(problem, { topic: 'x', stream: 'bids', partition: 's1/a', server: 's1' }, Date.now());
    await world.engine.admin.insertBytes({
      table: 'touchstone.dead_letter_rows',
      format: 'JSONEachRow',
      body: jsonRows([row]),
    });
    const [stored] = await world.engine.admin.query<{ n: string }>('SELECT count() AS n FROM touchstone.dead_letters');
    expect(stored?.n).toBe('1');
  });
});

describe('limits.seriesMax', () => {
  it('reached gives a finding; further series count in (other), and the counts are right, over restarts too', async () => {
    const limits = { limits: { seriesMax: 3 } };
    const text = bids('s1', 400);
    const half = bids('s1', 200);
    for (const part of [half, text.slice(half.length)]) {
      world.append('s1/a', part);
      const run = await world.start(limits);
      await world.stored(part === half ? half.length : text.length);
      await run.stop();
    }
    const values = (await valuesOf('events', 'exchange')).map((line) => line.split(' '));
    const total = (series: string): number =>
      values.filter(([name]) => name === series).reduce((sum, [, , value]) => sum + Number(value), 0);
    // Ten exchanges in turn: three have a series, seven are others.
    expect(['exchange=x0', 'exchange=x1', 'exchange=x2', '(other)'].map(total)).toEqual([40, 40, 40, 280]);
    expect(new Set(values.map(([name]) => name)).size).toBe(4);
    expect(await valuesOf('priceMicros', '')).toEqual(
      stored.trueValues(truthOf([world.logs], { bids: BIDS }), 'bids', 'priceMicros', ''),
    );
    expect(await findings('limits.seriesMax')).toBeGreaterThan(0);
  });

  it('not reached gives none', async () => {
    const text = bids('s1', 100);
    world.append('s1/a', text);
    const run = await world.start();
    await world.stored(text.length);
    await run.stop();
    expect(await findings('limits.seriesMax')).toBe(0);
    expect(await findings('limits.openWindowsMax')).toBe(0);
  });

  it('counts nothing twice when the process died before a commit, and other files had filled it', async () => {
    const limits = { limits: { seriesMax: 3 } };
    const first = bids('s1', 3);
    world.append('s1/a', first);
    world.close('s1/a');
    const run = await world.start(limits);
    await world.stored(first.length);
    // Its exchanges are x3 to x9: all of them others.
    const second = bids('s2', 7, 3);
    world.append('s2/a', second);
    await world.stored(first.length + second.length);
    await run.stop();
    await world.engine.admin.command(`DELETE FROM touchstone.partition_commits WHERE partition = 's2/a'`);
    const next = await world.start(limits);
    await world.stored(first.length + second.length);
    await next.stop();
    const counted = (await valuesOf('events', 'exchange')).reduce((sum, line) => sum + Number(line.split(' ')[2]), 0);
    expect(counted).toBe(10);
  });
});

describe('limits.openWindowsMax', () => {
  /** Events that go to and fro over eight windows: one window is left and come back to all the time. */
  const zigzag = Array.from({ length: 400 }, (_, at) =>
    event({ ts: AT_MS + ((at * 5) % 8) * 60_000, exchange: `x${String(at % 2)}`, priceMicros: at }),
  ).map((line) => `${line}\n`);

  it.each([
    ['a life without end', false],
    ['a death between cells and commit', true],
  ])('reached gives a finding, and the counts are right, after %s', async (_, death) => {
    const limits = { limits: { openWindowsMax: 2 } };
    const parts = [zigzag.slice(0, 150).join(''), zigzag.slice(150).join('')];
    let size = 0;
    for (const part of parts) {
      world.append('s1/a', part);
      size += part.length;
      const run = await world.start(limits);
      await world.stored(size);
      await run.stop();
      if (death && part === parts[0])
        await world.engine.admin.command(`DELETE FROM touchstone.partition_commits WHERE partition = 's1/a'`);
    }
    const truth = truthOf([world.logs], { bids: BIDS });
    expect(await stored.rawTotals(world.engine.admin, 'bids', BIDS)).toEqual(stored.told(truth.servers));
    expect(await valuesOf('events', 'server')).toEqual(stored.trueValues(truth, 'bids', 'events', 'server'));
    expect(await valuesOf('priceMicros', '')).toEqual(stored.trueValues(truth, 'bids', 'priceMicros', ''));
    expect(await findings('limits.openWindowsMax')).toBeGreaterThan(0);
  });
});

describe('a damaged file', () => {
  it('is a finding, and the other files are counted right', async () => {
    const [whole, other] = [bids('s1', 60), bids('s2', 60)];
    world.append('s1/a', whole);
    world.append('s2/a', other);
    const run = await world.start();
    await world.stored(whole.length + other.length);
    world.truncate('s1/a', 100);
    world.append('s2/a', bids('s2', 60, 60));
    await world.stored(whole.length + bids('s2', 120).length);
    await run.stop();
    const rows = await world.engine.admin.query<{ text: string; file: string }>(
      `SELECT text, labels['file'] AS file FROM touchstone.findings WHERE check = 'file-damaged'`,
    );
    expect(rows.map(({ file }) => file)).toEqual(['s1/a']);
    expect(rows[0]?.text).toContain('shrunk');
    expect(await stored.rowCounts(world.engine.admin, 'bids')).toEqual({ rows: 180, unique: 180 });
  });
});
