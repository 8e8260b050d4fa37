import { Agent, request } from 'node:http';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Connection, Insert } from './connection.ts';
import { writeId } from './fence.ts';
import { type InsertStatement, InsertStatements } from './insertStatements.ts';
import { isFinalCode, StoreError } from './storeError.ts';

/** Where ClickHouse is, and as whom. */
export interface ClickHouseOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly requestTimeoutMs?: number;
  /** The user may not change settings: none are sent, and the user's profile holds. */
  readonly readOnly?: boolean;
}

/** A connection with an end. */
export interface ClosableConnection extends Connection {
  /** Whether it answers at all. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects to ClickHouse. Questions and small inserts go through the client; bodies that we encoded ourselves go as they are,
 * since the client would turn them into objects or streams of chunks first.
 */
export function connectClickHouse({
  url,
  user,
  password,
  requestTimeoutMs = 60_000,
  readOnly = false,
}: ClickHouseOptions): ClosableConnection {
  const client = createClient({
    url,
    username: user,
    password,
    request_timeout: requestTimeoutMs,
    max_open_connections: 16,
    clickhouse_settings: readOnly
      ? {}
      : { output_format_json_quote_64bit_integers: 1, wait_end_of_query: 1, ...AWAKE, ...WHOLE, ...JSON_SETTINGS },
    log: { level: ClickHouseLogLevel.OFF },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const query: Connection['query'] = (sql, params) =>
    told(async () => (await client.query({ query: sql, format: 'JSONEachRow', query_params: { ...params } })).json());
  const inserts = new InsertStatements(query);
  return {
    query,
    streamBytes: byteStream(client),
    async *stream<Row>(sql: string, params?: Readonly<Record<string, unknown>>): AsyncGenerator<readonly Row[]> {
      const result = await told(() => client.query({ query: sql, format: 'JSONEachRow', query_params: { ...params } }));
      for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json());
    },
    queryBytes: (sql, params) =>
      told(async () => {
        const { stream } = await client.exec({ query: sql, query_params: { ...params } });
        const pieces: Uint8Array[] = [];
        for await (const piece of stream) pieces.push(piece as Uint8Array);
        const { buffer, byteOffset, byteLength } = Buffer.concat(pieces);
        return new Uint8Array(buffer, byteOffset, byteLength);
      }),
    command: (sql, params) =>
      told(async () => {
        await client.command({ query: sql, query_params: { ...params } });
      }),
    insertBytes: async (insert) => {
      const query = await inserts.sql(insert);
      await post({ url, user, password, agent, requestTimeoutMs }, insert, query);
    },
    ping: async () => (await client.ping()).success,
    async close() {
      agent.destroy();
      await client.close();
    },
  };
}

const byteStream = (client: ClickHouseClient): Connection['streamBytes'] =>
  async function* (sql, params) {
    const { stream } = await told(() => client.exec({ query: sql, query_params: { ...params } }));
    try {
      for await (const piece of stream) yield piece as Uint8Array;
    } catch (error) {
      throw networkError(error);
    }
  };

/** A question that takes long says so from time to time, lest its answer be taken for lost. */
const AWAKE = { send_progress_in_http_headers: 1, http_headers_progress_interval_ms: '20000' } as const;

/** Of raw events that are spread over servers: one that is away is an error, whatever a profile says, never an answer with fewer rows. */
const WHOLE = { skip_unavailable_shards: 0 } as const;

/** The column `rest` takes every JSON object: one with a key twice (the first counts), or with a key `a.b` beside an object `a`. */
const JSON_SETTINGS = { type_json_skip_duplicated_paths: 1, json_type_escape_dots_in_keys: 1 } as const;

interface PostTarget extends Required<Omit<ClickHouseOptions, 'readOnly'>> {
  readonly agent: Agent;
}

function post(
  { url, user, password, agent, requestTimeoutMs }: PostTarget,
  { format, body, queryId, fence }: Insert,
  { sql, params }: InsertStatement,
): Promise<void> {
  const target = new URL(url);
  target.searchParams.set('query', sql);
  for (const [name, value] of Object.entries(params)) target.searchParams.set(`param_${name}`, value);
  target.searchParams.set('wait_end_of_query', '1');
  for (const [name, value] of Object.entries(JSON_SETTINGS)) target.searchParams.set(name, String(value));
  if (format === 'JSONEachRow') target.searchParams.set('date_time_input_format', 'best_effort');
  const id = queryId ?? (fence === undefined ? undefined : writeId());
  if (id !== undefined) target.searchParams.set('query_id', id);
  return new Promise((resolve, reject) => {
    const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, 'Content-Length': body.length };
    const sent = request(target, { method: 'POST', agent, headers, timeout: requestTimeoutMs }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', (error) => {
        reject(networkError(error));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(answerError(Buffer.concat(pieces).toString(), response.headers['x-clickhouse-exception-code']));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${String(requestTimeoutMs)} ms`)));
    sent.on('error', (error) => {
      reject(networkError(error));
    });
    sent.end(body);
  });
}

/** Does something with the client and tells its failures as StoreError. */
async function told<Value>(act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ClickHouseError) throw new StoreError(error.message, error.code, !isFinalCode(error.code));
    throw networkError(error);
  }
}

function networkError(error: unknown): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(message === '' ? 'ClickHouse cannot be reached' : message, 'network', true);
}

function answerError(text: string, header: string | string[] | undefined): StoreError {
  const code = typeof header === 'string' ? header : (/Code: (\d+)/.exec(text)?.[1] ?? 'unknown');
  return new StoreError(text.slice(0, 2_000), code, !isFinalCode(code));
}
