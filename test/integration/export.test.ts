import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelsOf } from '../../core/windows/series.ts';
import { CLIENTS, output, resolvedOnce } from '../support/clientCache.ts';
import { exported, hourDir, iso, manifestIn } from '../support/exported.ts';
import { HOUR, MINUTE, type SealedBids, START_MS, startSealedBids } from '../support/sealedBids.ts';

let bids: SealedBids;

beforeAll(async () => {
  bids = await startSealedBids();
});

afterAll(() => bids.stop());

/** A value as it is compared: sums of fractions may differ in their last bits by the order of adding. */
const rounded = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(12)) : value);

type Row = Readonly<Record<string, unknown>>;

const inOrder = (rows: readonly Row[]): Row[] =>
  rows
    .map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, rounded(value)])))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
const keyOf = (row: Row): string => JSON.stringify([row['windowStart'], row['exchange'], row['hour_']]);

/** What the views say of a cut, in the columns of an export. */
async function truth(cut: string, windowMs: number, toMs = START_MS + HOUR): Promise<Row[]> {
  const rows = await bids.engine.admin.query<{
    startMs: string;
    series: string;
    of: Record<string, (number | null)[]>;
  }>(
    `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, series, CAST(groupArray((aggregate,
       [value, if(kind = 'quantiles', quantile95, NULL)])), 'Map(String, Array(Nullable(Float64)))') AS of
     FROM (SELECT toDateTime64(windowStart, 3, 'UTC') AS windowStart, series, aggregate, kind, any(value) AS value, quantileTDigestMerge(0.95)(digest) AS quantile95
           FROM touchstone.aggregates_over(windowS = ${String(windowMs / 1_000)}) WHERE stream = 'bids' AND cut = {cut:String}
             AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})
           GROUP BY windowStart, series, aggregate, kind)
     GROUP BY windowStart, series`,
    { cut, fromMs: START_MS, toMs },
  );
  return inOrder(
    rows.map(({ startMs, series, of }) => {
      const [value, quantile95] = [0, 1].map((at) => (aggregate: string) => of[aggregate]?.[at] ?? null);
      const ratio = (above: number | null, below: number | null): number | null =>
        above === null || below === null || below === 0 ? null : above / below;
      const { exchange, hour } = labelsOf(series);
      return {
        windowStart: iso(Number(startMs)),
        windowEnd: iso(Number(startMs) + windowMs),
        ...(exchange === undefined ? {} : { exchange }),
        ...(hour === undefined ? {} : { hour_: hour }),
        events: value!('events'),
        revenueMicros: value!('revenueMicros'),
        latencySum: value!('latencySum'),
        cheapest: value!('cheapest'),
        dearest: value!('dearest'),
        urls: value!('urls'),
        priceMean: ratio(value!('revenueMicros'), value!('events')),
        perPrice: ratio(value!('events'), value!('cheapest')),
        latencyMsP95: quantile95!('latencyMs'),
        latencySureMsP50: value!('latencySureMs'),
        pages: value!('urls'),
      };
    }),
  );
}

const ENGINE_FORMATS = { parquet: 'Parquet', arrow: 'Arrow', csv: 'CSVWithNames' };
const ENGINE_TYPES = {
  timestamp: "DateTime64(3, 'UTC')",
  text: 'Nullable(String)',
  integer: 'Nullable(Int64)',
  double: 'Nullable(Float64)',
  boolean: 'Nullable(Bool)',
};

/** Reads a file back through the engine's own readers, into a table of its own. */
async function readBack(dir: string): Promise<string> {
  const { columns, file, format, rows } = manifestIn(dir);
  const table = `touchstone.back_${file.sha256.slice(0, 12)}`;
  const { admin, ask, engine } = bids.engine;
  await admin.command(
    `CREATE OR REPLACE TABLE ${table} (${columns.map(({ name, type }) => `\`${name}\` ${ENGINE_TYPES[type]}`).join(', ')}) ENGINE = Memory`,
  );
  const target = new URL(engine.url);
  target.searchParams.set('query', `INSERT INTO ${table} FORMAT ${ENGINE_FORMATS[format]}`);
  for (const setting of ['precise_float_parsing', 'date_time_input_format'])
    target.searchParams.set(setting, setting === 'precise_float_parsing' ? '1' : 'best_effort');
  const headers = { 'X-ClickHouse-User': engine.admin.user, 'X-ClickHouse-Key': engine.admin.password };
  const answer = await fetch(target, { method: 'POST', headers, body: readFileSync(join(dir, file.name)) });
  expect(await answer.text()).toBe('');
  expect((await ask(engine.admin, `SELECT count() FROM ${table}`)).text).toBe(String(rows));
  return table;
}

const FORMATS = ['parquet', 'arrow', 'csv'] as const;

describe('exported aggregates', () => {
  it.each([
    ['parquet', ''],
    ['parquet', 'exchange'],
    ['arrow', 'exchange'],
    ['csv', 'exchange,hour'],
  ] as const)('in %s, by "%s", read back by ClickHouse, are those of touchstone.aggregates', async (format, cut) => {
    const report = await exported(bids, bids.freshDir(), { cut, format });
    expect(report.files).toMatchObject([{ outcome: 'written', windows: 60 }]);
    const table = await readBack(hourDir(report));
    const rows = await bids.engine.admin.query<Row>(
      `SELECT * FROM ${table} SETTINGS date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0`,
    );
    expect(inOrder(rows)).toEqual(await truth(cut, MINUTE));
  });

  it('of larger windows are merged, of those all of whose windows are sealed', async () => {
    const report = await exported(bids, bids.freshDir(), {
      cut: 'exchange',
      'window-ms': String(HOUR),
      to: iso(START_MS + 2 * HOUR),
    });
    expect(report.notSealed).toEqual({ windows: 1, from: iso(START_MS + HOUR) });
    const dir = join(report.dir, 'date=2026-06-01');
    expect(manifestIn(dir).windows).toMatchObject([
      { startMs: START_MS, endMs: START_MS + HOUR, events: 1_800, rows: 5 },
    ]);
    const rows = await bids.engine.admin.query<Row>(
      `SELECT * FROM ${await readBack(dir)} SETTINGS date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0`,
    );
    expect(inOrder(rows)).toEqual(await truth('exchange', HOUR));
    const tenMinutes = await exported(bids, bids.freshDir(), {
      'window-ms': String(10 * MINUTE),
      to: iso(START_MS + 2 * HOUR),
    });
    expect(tenMinutes.notSealed).toEqual({ windows: 3, from: iso(START_MS + 90 * MINUTE) });
    expect(tenMinutes.files.map(({ windows }) => windows)).toEqual([6, 3]);
  });
});

describe('exported events', () => {
  it.each(FORMATS)('in %s, read back by ClickHouse, are those that are stored', async (format) => {
    const report = await exported(bids, bids.freshDir(), { events: true, format });
    const table = await readBack(hourDir(report));
    const columns = 'time, topic, partition, offset, arrivedAt, server, exchange, priceMicros, latencyMs, url, filled';
    const [row] = await bids.engine.admin.query<Record<string, string>>(
      `SELECT (SELECT (count(), sum(cityHash64(*))) FROM (SELECT ${columns}, hour_ AS hour, rest FROM ${table})) AS back,
         (SELECT (count(), sum(cityHash64(*))) FROM (SELECT time, topic::Nullable(String), partition::Nullable(String), offset::Nullable(Int64), arrivedAt, server::Nullable(String),
            exchange::Nullable(String), priceMicros, latencyMs, url, filled, hour::Nullable(String), toJSONString(rest)::Nullable(String)
          FROM touchstone.events_bids WHERE time >= '2026-06-01 12:00:00' AND time < '2026-06-01 13:00:00')) AS stored
       SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
    expect(row!['back']).toEqual(row!['stored']);
    expect(manifestIn(hourDir(report)).windows.every(({ rows, events }) => rows === 30 && events === 30)).toBe(true);
  });
});

describe('pyarrow', () => {
  it('reads all of it as data sets with the same types and values, whatever the format', async () => {
    const source = join('arrow', 'requirements.txt');
    const folder = await resolvedOnce('arrow', [source], async (fresh) => {
      await output('python3', ['-m', 'venv', fresh]);
      await output(join(fresh, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '-r', join(CLIENTS, source)]);
    });
    const args: string[] = [];
    for (const flags of [{ cut: 'exchange,hour' }, { events: true }])
      for (const format of FORMATS) {
        const { dir } = await exported(bids, bids.freshDir(), { ...flags, format, to: iso(START_MS + 2 * HOUR) });
        args.push(format, dir);
      }
    const said = await output(join(folder, 'bin', 'python'), [join(CLIENTS, 'arrow', 'read.py'), ...args]);
    const [parquet, arrow, csv, ...events] = JSON.parse(said) as PyarrowSaw[];
    expect(parquet!.types).toEqual(PYARROW_TYPES);
    expect(arrow!.types).toEqual(PYARROW_TYPES);
    const expected = await truth('exchange,hour', MINUTE, START_MS + 90 * MINUTE);
    for (const saw of [parquet!, arrow!, csv!]) {
      expect(saw.files).toBe(2);
      expect(new Set(saw.rows.map(({ date, hour }) => `${String(date)} ${String(hour)}`))).toEqual(
        new Set(['2026-06-01 12', '2026-06-01 13']),
      );
      const rows = saw.rows.map(({ date: _, hour: __, ...row }) => ({
        ...row,
        windowStart: iso(Date.parse(String(row['windowStart']))),
        windowEnd: iso(Date.parse(String(row['windowEnd']))),
      }));
      expect(inOrder(rows)).toEqual(expected);
    }
    expect(events.map(({ rows }) => rows.length)).toEqual([2_700, 2_700, 2_700]);
    expect(events[0]!.types).toMatchObject({
      time: 'timestamp[ms, tz=UTC]',
      offset: 'int64',
      filled: 'bool',
      rest: 'string',
    });
    expect(events[1]!.rows).toEqual(events[0]!.rows);
  });
});

/** What read.py tells of a folder. */
interface PyarrowSaw {
  readonly files: number;
  readonly types: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

const PYARROW_TYPES = {
  windowStart: 'timestamp[ms, tz=UTC]',
  windowEnd: 'timestamp[ms, tz=UTC]',
  exchange: 'string',
  hour_: 'string',
  events: 'int64',
  revenueMicros: 'double',
  latencySum: 'double',
  cheapest: 'double',
  dearest: 'double',
  urls: 'int64',
  priceMean: 'double',
  perPrice: 'double',
  latencyMsP95: 'double',
  latencySureMsP50: 'double',
  pages: 'int64',
  date: 'string',
  hour: 'int32',
};
