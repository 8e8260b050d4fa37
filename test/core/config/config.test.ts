import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../core/config/config.ts';
import { streamSchemaOf } from '../../../core/config/streamSchema.ts';

const FIELDS = { ts: 'time', server: 'category', exchange: 'category', price: 'number', seq: 'integer', url: 'text' };
const bids = (changed: object = {}): object => ({ streams: { bids: { fields: FIELDS, ...changed } } });

/** Path and message of everything that is wrong. */
const problems = (raw: unknown): [string, string][] => {
  const parsed = parseConfig(raw);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => [path, message]);
};
const paths = (raw: unknown): string[] => problems(raw).map(([path]) => path);

describe('an empty config', () => {
  it('is a whole one: everything has a default', () => {
    const parsed = parseConfig({});
    expect(parsed.ok && parsed.config).toMatchObject({
      data: './data',
      api: { host: '127.0.0.1', port: 8_321 },
      clickhouse: { database: 'touchstone', port: 8_322 },
      source: { kind: 'files', dirs: ['./fleet-logs'] },
      limits: { lineBytesMax: 1_048_576, futureSkewMs: 600_000 },
      streams: {},
      plugins: { completeness: {}, 'schema-watch': {}, outlier: {} },
    });
  });

  it('and so is a stream of which only the fields are told', () => {
    const parsed = parseConfig(bids());
    expect(parsed.ok && parsed.config.streams['bids']).toEqual({
      kind: 'events',
      time: 'ts',
      server: 'server',
      fields: FIELDS,
      cuts: [[]],
      aggregates: {},
      metrics: { events: { value: 'events' } },
      windowMs: 60_000,
      waitMs: 90_000,
      latenessMs: 259_200_000,
      disorderMs: 250,
      roster: { seenForMs: 86_400_000, declared: [] },
      restate: { materialRatio: 0.001 },
    });
  });
});

describe('a problem is told with its path and what to do', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no object at all', 7, '(whole file)', /object/],
    ['a setting that there is not', { colour: 'red' }, 'colour', /not a setting/],
    ['one further down', { limits: { lineBytes: 7 } }, 'limits.lineBytes', /not a setting/],
    ['one of a stream', bids({ window: 7 }), 'streams.bids.window', /not a setting/],
    ['a number out of range', { api: { port: 99_999 } }, 'api.port', /65535/],
    ['a source without folders', { source: { kind: 'files', dirs: [] } }, 'source.dirs', />=1/],
    ['an unknown source', { source: { kind: 'pigeon' } }, 'source.kind', /./],
    ['a stream name that is no table', { streams: { 'My-Bids': { fields: FIELDS } } }, 'streams.My-Bids', /./],
    ['a stream that is none', { streams: { bids: 7 } }, 'streams.bids', /./],
    [
      'a type that there is not',
      bids({ fields: { ...FIELDS, price: 'money' } }),
      'streams.bids.fields.price',
      /category/,
    ],
    [
      'a field with the name of a column',
      bids({ fields: { ...FIELDS, offset: 'integer' } }),
      'streams.bids.fields.offset',
      /rename/,
    ],
    ['a time field that is not declared', bids({ time: 'at' }), 'streams.bids.time', /fields\.at: time/],
    ['a server field of another type', bids({ server: 'url' }), 'streams.bids.server', /fields\.url: category/],
    [
      'a roster that names a server twice',
      bids({ roster: { declared: [{ from: '2026-01-01T00:00:00Z', servers: ['a', 'b', 'a'] }] } }),
      'streams.bids.roster.declared.0.servers',
      /names a twice/,
    ],
    [
      'a roster that is not in order of time',
      bids({ roster: { declared: ['02', '01'].map((day) => ({ from: `2026-01-${day}T00:00:00Z`, servers: ['a'] })) } }),
      'streams.bids.roster.declared.1.from',
      /not later/,
    ],
    [
      'a roster from no time',
      bids({ roster: { declared: [{ from: 'today', servers: ['a'] }] } }),
      'streams.bids.roster.declared.0.from',
      /datetime/,
    ],
    ['a sequence that is no integer', bids({ sequence: 'price' }), 'streams.bids.sequence', /integer/],
    ['a cut by a number', bids({ cuts: [[], ['price']] }), 'streams.bids.cuts.1', /category/],
    [
      'an aggregate of a text',
      bids({ aggregates: { urls: { sum: 'url' } } }),
      'streams.bids.aggregates.urls',
      /integer, number or boolean/,
    ],
    [
      'an aggregate of nothing declared',
      bids({ aggregates: { x: { max: 'nothing' } } }),
      'streams.bids.aggregates.x',
      /nothing/,
    ],
    [
      'an aggregate named events',
      bids({ aggregates: { events: { sum: 'price' } } }),
      'streams.bids.aggregates.events',
      /otherwise/,
    ],
    ['a value of no aggregate', bids({ metrics: { x: { value: 'y' } } }), 'streams.bids.metrics.x', /y is not among/],
    [
      'a ratio of no aggregate',
      bids({ metrics: { x: { ratio: ['events', 'y'] } } }),
      'streams.bids.metrics.x',
      /y is not among/,
    ],
    [
      'a quantile of no aggregate',
      bids({ metrics: { x: { quantile: ['y', 0.5] } } }),
      'streams.bids.metrics.x',
      /y is not among/,
    ],
    [
      'a metric named like something of JavaScript',
      bids({ metrics: { x: { value: 'constructor' } } }),
      'streams.bids.metrics.x',
      /constructor/,
    ],
  ])('%s', (_, raw, path, message) => {
    const told = problems(raw);
    expect(told.map(([where]) => where)).toEqual([path]);
    expect(told[0]?.[1]).toMatch(message);
  });
});

describe('all problems are told together', () => {
  it('over all rooms of the config', () => {
    const raw = {
      ...bids({ time: 'at', cuts: [['price']], colour: 1 }),
      api: { port: -1 },
      ingest: { rowsMax: 0, colour: 1 },
      colour: 1,
    };
    expect(paths(raw).sort()).toEqual(
      [
        'api.port',
        'colour',
        'ingest.colour',
        'ingest.rowsMax',
        'streams.bids.colour',
        'streams.bids.cuts.0',
        'streams.bids.time',
      ].sort(),
    );
  });

  it('over all streams', () => {
    const raw = {
      streams: {
        a: { fields: FIELDS, windowMs: 'long' },
        b: { fields: FIELDS, time: 'at' },
        c: { kind: 'packets', colour: 1 },
      },
    };
    expect(paths(raw).sort()).toEqual(['streams.a.windowMs', 'streams.b.time', 'streams.c.colour']);
  });
});

describe('what the decoder is told', () => {
  it('of a stream of events is its fields', () => {
    const parsed = parseConfig(bids({ sequence: 'seq' }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(streamSchemaOf('bids', parsed.config.streams['bids']!, 999)).toEqual({
      name: 'bids',
      kind: 'events',
      timeField: 'ts',
      serverField: 'server',
      sequenceField: 'seq',
      fields: Object.entries(FIELDS).map(([name, type]) => ({ name, type })),
      lineBytesMax: 999,
    });
  });

  it('of packets is what every packet has', () => {
    const parsed = parseConfig({ streams: { packets: { kind: 'packets' } } });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { fields, ...rest } = streamSchemaOf('packets', parsed.config.streams['packets']!, 999);
    expect(rest).toMatchObject({ kind: 'packets', timeField: 'minute', serverField: 'server', sequenceField: 'seq' });
    expect(fields.map(({ name }) => name)).toEqual(['minute', 'server', 'boot', 'seq', 'build', 'region']);
  });
});
