import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../core/config/config.ts';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import type { EngineUser } from '../../core/store/engine/configFiles.ts';
import { StoreError } from '../../core/store/storeError.ts';
import { fail, reasonOf, type Verdict } from './verdict.ts';

const PATIENCE_MS = 15_000;
const CHECK = 'clickhouse';
const WRONG_PASSWORD = '516';

/** A connection to a ClickHouse that answers, or why there is none. */
export type Visit =
  | { readonly connection: ClosableConnection; readonly url: string }
  | { readonly connection: undefined; readonly verdict: Verdict };

/** Goes to the store that the config names. The embedded engine is never started: who runs it is asked over its port. */
export async function visitStore(config: Config): Promise<Visit> {
  const { url, user, password } = config.clickhouse;
  if (url !== undefined) return tried(url, { user, password }, AWAY);
  const { port } = config.clickhouse;
  if (port === 0)
    return refused(
      'the port of the embedded ClickHouse is 0, which is any free one',
      'set TOUCHSTONE_CLICKHOUSE_PORT to the one that `touchstone start` has printed',
    );
  const users = join(resolve(config.data), 'clickhouse', 'users.json');
  let admin: EngineUser;
  try {
    ({ admin } = JSON.parse(await readFile(users, 'utf8')) as { admin: EngineUser });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing
      ? refused(
          `nothing was ever started with the data folder ${resolve(config.data)}`,
          'start it (`touchstone start`), or name its folder with TOUCHSTONE_DATA',
        )
      : refused(`the admin's password cannot be read: ${reasonOf(error)}`, 'ask as the user that started it');
  }
  return tried(`http://127.0.0.1:${String(port)}`, admin, NOT_RUNNING);
}

const AWAY = 'see that the server runs, and that CLICKHOUSE_URL is right';
const NOT_RUNNING =
  'nothing listens there: start it (`touchstone start`), or set TOUCHSTONE_CLICKHOUSE_PORT to the port that it has';

async function tried(url: string, user: EngineUser, whenAway: string): Promise<Visit> {
  const connection = connectClickHouse({ url, ...user, requestTimeoutMs: PATIENCE_MS });
  try {
    await connection.query('SELECT 1');
    return { connection, url };
  } catch (error) {
    await connection.close();
    const code = error instanceof StoreError ? error.code : '';
    if (code === WRONG_PASSWORD)
      return refused(
        `the ClickHouse at ${url} does not take the password of ${user.user}`,
        'another data folder has this port, or CLICKHOUSE_USER and CLICKHOUSE_PASSWORD are wrong',
      );
    return refused(
      `no answer at ${url}: ${reasonOf(error)}`,
      code === 'network' ? whenAway : 'see what the server says',
    );
  }
}

const refused = (detail: string, todo: string): Visit => ({
  connection: undefined,
  verdict: fail(CHECK, detail, todo),
});
