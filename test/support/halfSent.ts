import { request } from 'node:http';
import type { Insert } from '../../core/store/connection.ts';
import { writeId } from '../../core/store/fence.ts';
import { InsertStatements } from '../../core/store/insertStatements.ts';
import type { TestEngine } from './engine.ts';
import { until } from './touchstoneChild.ts';

/** An insert that is under way. */
export interface HalfSent {
  /** Sends the rest. */
  readonly rest: () => void;
  /** Status of the answer; 0 when the connection broke. */
  readonly ended: Promise<number>;
  /** Whether the engine is at it. */
  readonly begun: () => Promise<boolean>;
}

/** The engine begins an insert when it has so much of its body (max_query_size), or all of it. */
const BEGUN_BYTES = 400_000;

/** Sends an insert whose body comes in two parts, the second when `rest` is called; as of a process that was stopped in between. Resolves when the engine is at it. */
export async function sendHalf(
  { engine, admin }: Pick<TestEngine, 'engine' | 'admin'>,
  insert: Insert,
): Promise<HalfSent> {
  const statements = new InsertStatements((sql, params) => admin.query(sql, params));
  const { sql, params } = await statements.sql(insert);
  const id = writeId();
  const target = new URL(engine.url);
  target.searchParams.set('query', sql);
  target.searchParams.set('query_id', id);
  for (const [name, value] of Object.entries(params)) target.searchParams.set(`param_${name}`, value);
  const { user, password } = engine.admin;
  const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, 'Content-Length': insert.body.length };
  const sent = request(target, { method: 'POST', headers });
  const ended = new Promise<number>((resolve) => {
    sent.on('response', (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', () => {
      resolve(0);
    });
  });
  sent.write(insert.body.subarray(0, BEGUN_BYTES));
  const begun = async (): Promise<boolean> => {
    const [row] = await admin.query<{ n: string }>(
      'SELECT count() AS n FROM system.processes WHERE query_id = {id:String}',
      { id },
    );
    return row?.n === '1';
  };
  await until('the engine is at it', begun);
  return {
    rest: () => {
      sent.end(insert.body.subarray(BEGUN_BYTES));
    },
    ended,
    begun,
  };
}
