import { fieldColumns } from '../../core/store/eventTable.ts';
import { streamSchemaOf } from '../../core/config/streamSchema.ts';
import { type BenchEngine, startBenchEngine, storedIn, untilStored } from './benchEngine.ts';
import type { Contestant, Course, Measured } from './contest.ts';
import { demoRequests } from './demoRequests.ts';

const TABLE = 'touchstone.raw';
const CONSUMERS = 2;
const CUTS: readonly (readonly string[])[] = [[], ['exchange'], ['device'], ['country'], ['exchange', 'device']];

/** How the engine's lines become columns: by its JSON format, or as texts out of which a view takes the members. */
export type Reading = 'JSONEachRow' | 'RawBLOB';

/** ClickHouse reads the topic itself: raw rows and cells by materialized views. It judges nothing, and may store twice what it read before a crash. */
export const tableEngine = (reading: Reading): Contestant => ({
  name: `ClickHouse's Kafka engine, ${reading}`,
  work: 'rows stored, cells',
  async run(course) {
    const engine = await startBenchEngine(course.dir);
    try {
      await engine.connection.command('CREATE DATABASE IF NOT EXISTS touchstone');
      return await raced(course, engine, reading);
    } finally {
      await engine.stop();
    }
  },
});

async function raced(course: Course, engine: BenchEngine, reading: Reading): Promise<Measured> {
  const statements = statementsFor(course, reading);
  for (const statement of statements.slice(0, -1)) await engine.connection.command(statement);
  const startedMs = performance.now();
  const startedS = engine.cpuS();
  await engine.connection.command(statements.at(-1) ?? '');
  await untilStored(engine, TABLE, course.events);
  const wallS = (performance.now() - startedMs) / 1_000;
  const engineCpuS = engine.cpuS() - startedS;
  for (const at of CUTS.keys()) {
    const [row] = await engine.connection.query<{ events: string }>(
      `SELECT countMerge(events) AS events FROM touchstone.cells_${String(at)}`,
    );
    if (Number(row?.events) !== course.events)
      throw new Error(`a view of ClickHouse counted ${row?.events ?? '?'} of ${String(course.events)} events`);
  }
  return { ...(await storedIn(engine, TABLE)), cpuS: 0, engineCpuS, wallS };
}

/** The last one begins the reading: views that are added while it goes on would miss what came before. */
function statementsFor(course: Course, reading: Reading): readonly string[] {
  const { streams, limits } = demoRequests(course);
  const stream = streams['requests'];
  if (stream === undefined) throw new RangeError('the demo has no requests');
  const fields = fieldColumns(streamSchemaOf('requests', stream, limits.lineBytesMax));
  const columns = fields.map(({ name, type }) => `${name} ${type}`).join(', ');
  const origin = "topic LowCardinality(String), partition UInt32, offset UInt64, time DateTime64(3, 'UTC')";
  const { queueColumns, opened, member } = READINGS[reading];
  const members = fields.map(({ name, type }) => ({ name, type: plainType(type) }));
  const tuple = ['ts Int64', ...members.map(({ name, type }) => `${name} ${type}`)].join(', ');
  return [
    `CREATE TABLE touchstone.queue (${queueColumns(columns)}) ENGINE = Kafka SETTINGS kafka_broker_list = '${course.brokers.join(',')}',
      kafka_topic_list = '${course.topic}', kafka_group_name = 'clickhouse-${course.run}', kafka_format = '${reading}',
      kafka_num_consumers = ${String(CONSUMERS)}, kafka_thread_per_consumer = 1, kafka_flush_interval_ms = 1000`,
    `CREATE TABLE touchstone.arrivals (${origin}, ${columns}) ENGINE = Null`,
    `CREATE TABLE ${TABLE} (${origin}, ${columns}) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (server, time)`,
    `CREATE MATERIALIZED VIEW touchstone.to_raw TO ${TABLE} AS SELECT * FROM touchstone.arrivals`,
    ...CUTS.flatMap((cut, at) => cellStatements(cut, at)),
    `CREATE MATERIALIZED VIEW touchstone.to_arrivals TO touchstone.arrivals AS ${opened(tuple)}
      SELECT _topic AS topic, _partition AS partition, _offset AS offset, fromUnixTimestamp64Milli(${member('ts')}, 'UTC') AS time,
        ${members.map(({ name }) => `${member(name)} AS ${name}`).join(', ')} FROM touchstone.queue`,
  ];
}

/** The second is the faster one by far: the format parser makes and drops all columns for every single message. */
const READINGS: Readonly<
  Record<
    Reading,
    {
      readonly queueColumns: (columns: string) => string;
      readonly opened: (tuple: string) => string;
      readonly member: (name: string) => string;
    }
  >
> = {
  JSONEachRow: {
    queueColumns: (columns) => `ts Int64, ${columns}`,
    opened: () => '',
    member: (name) => name,
  },
  RawBLOB: {
    queueColumns: () => 'line String',
    opened: (tuple) => `WITH JSONExtract(line, 'Tuple(${tuple})') AS event`,
    member: (name) => `event.${name}`,
  },
};

const plainType = (type: string): string => type.replace(/^LowCardinality\((.*)\)$/, '$1');

function cellStatements(cut: readonly string[], at: number): readonly string[] {
  const keys = cut.map((dimension) => `${dimension} LowCardinality(Nullable(String)), `).join('');
  const key = ['window', ...cut].join(', ');
  const sums = ['filled', 'priceMicros', 'floorMicros'];
  return [
    `CREATE TABLE touchstone.cells_${String(at)} (window DateTime('UTC'), ${keys}events AggregateFunction(count),
      ${sums.map((name) => `${name} AggregateFunction(sum, Nullable(Int64)), `).join('')}latencyMs AggregateFunction(quantileTDigest, Nullable(Int64)))
      ENGINE = AggregatingMergeTree ORDER BY (${key}) SETTINGS allow_nullable_key = 1`,
    `CREATE MATERIALIZED VIEW touchstone.to_cells_${String(at)} TO touchstone.cells_${String(at)} AS
      SELECT ${['toStartOfMinute(time) AS window', ...cut].join(', ')}, countState() AS events, ${sums
        .map((name) => `sumState(a.${name}) AS ${name}, `)
        .join('')}quantileTDigestState(a.latencyMs) AS latencyMs FROM touchstone.arrivals AS a GROUP BY ${key}`,
  ];
}
