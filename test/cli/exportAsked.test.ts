import { expect, it } from 'vitest';
import { askedBy } from '../../cli/export/asked.ts';
import { UsageError } from '../../cli/usageError.ts';
import { bidsConfig } from '../support/adStream.ts';
import { flagsOf, iso } from '../support/exported.ts';
import { HOUR, MINUTE, START_MS } from '../support/sealedBids.ts';

const config = bidsConfig();

it('asks for the columns of a cut: labels, counts, numbers and metrics that it has', () => {
  const { rows, kind } = askedBy(flagsOf({ cut: 'exchange,server' }), ['dir'], config);
  expect(kind).toEqual({ stream: 'bids', cut: ['exchange', 'server'], windowMs: MINUTE });
  expect(rows.columns.map(({ name, type, is }) => [name, type, is])).toEqual([
    ['windowStart', 'timestamp', 'window'],
    ['windowEnd', 'timestamp', 'window'],
    ['exchange', 'text', 'label'],
    ['server', 'text', 'label'],
    ['events', 'integer', 'aggregate'],
    ['revenueMicros', 'double', 'aggregate'],
  ]);
});

it('asks for the metrics of packets where their labels are', () => {
  const parsed = { ...config, streams: { packets: { ...PACKETS, perServer: false } } };
  const names = (cut: string): string[] =>
    askedBy(flagsOf({ stream: 'packets', cut }), ['dir'], parsed).rows.columns.map(({ name }) => name);
  expect(names('kind,metric').slice(2)).toEqual(['kind', 'metric', 'events', 'value', 'total', 'mean']);
  expect(names('server,metric').slice(2)).toEqual(['server', 'metric', 'events', 'value']);
  expect(() => askedBy(flagsOf({ stream: 'packets' }), ['dir'], parsed)).toThrow(/choose --cut from kind,metric \|/);
});

const PACKETS = {
  kind: 'packets',
  windowMs: MINUTE,
  waitMs: 0,
  latenessMs: HOUR,
  disorderMs: 0,
  restate: { materialRatio: 0.001 },
  roster: { seenForMs: 24 * HOUR, declared: [] as { from: string; servers: string[] }[] },
} as const;

it('gives a column whose name is taken another one', () => {
  const fields = { ...FIELDS, hour: 'category', events: 'category', windowstart: 'integer' };
  const clashing = bidsConfig({ fields, sequence: undefined, cuts: [['hour', 'events']], aggregates: {} });
  const columns = (flags: object): [string, string][] =>
    askedBy(flagsOf(flags), ['dir'], clashing).rows.columns.map(({ name, of }) => [name, of]);
  expect(columns({ cut: 'hour,events' })).toEqual([
    ['windowStart', 'windowStart'],
    ['windowEnd', 'windowEnd'],
    ['hour_', 'hour'],
    ['events', 'events'],
    ['events_', 'events'],
  ]);
  expect(columns({ events: true }).slice(-4)).toEqual([
    ['hour_', 'hour'],
    ['events', 'events'],
    ['windowstart_', 'windowstart'],
    ['rest', 'rest'],
  ]);
});

const FIELDS = { ts: 'time', server: 'category' };

it.each([
  [{ stream: 'none' }, [], /no stream none; choose from bids/],
  [{ stream: undefined }, [], /name a stream with --stream: bids/],
  [{ from: 'soon' }, [], /give --from as a time/],
  [{ to: iso(START_MS) }, [], /nothing is between/],
  [{ to: iso(START_MS - MINUTE) }, [], /nothing is between/],
  [{ to: iso(START_MS + 1) }, [], /where a window of 60000 ms starts/],
  [{ 'window-ms': '90000' }, [], /multiple of the stream's 60000/],
  [
    { cut: 'url' },
    [],
    /not cut by "url"; choose --cut from "" \(the whole stream\) \| exchange \| exchange,server \| server/,
  ],
  [{ cut: 'exchange', events: true }, [], /not both/],
  [{ format: 'orc' }, [], /--format takes parquet, arrow, csv; got orc/],
  [{ layout: 'flat' }, [], /--layout takes hive/],
  [{}, ['two'], /name one folder/],
])('refuses %j %j', (flags, more, message) => {
  const asked = (): unknown => askedBy(flagsOf(flags), ['one', ...more], config);
  expect(asked).toThrow(UsageError);
  expect(asked).toThrow(message);
});
