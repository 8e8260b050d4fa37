import type { Connection } from './connection.ts';
import { type Fence, WRITE_PREFIX } from './fence.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';

/** Live writers end an insert in less; whoever is slower may be stopped, or dead, and has its insert killed: it reads back what arrived. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 25;

/**
 * Who may write what. Kafka's groups say who is to own a partition, but a process that was stopped does not hear of it; the store is where it is held back:
 *
 *     new owner:  write the claim -> wait until no insert from before it runs any more -> read back -> store
 *     old owner:  its inserts from then on are refused (fenced); those from before are what was waited for
 *
 * Source: fencing tokens, as in Kleppmann, "Designing Data-Intensive Applications", chapter 8.
 */
export class Claims {
  readonly #connection: Connection;
  readonly #database: string;
  /** For people: who we are. */
  readonly owner: string;

  constructor(connection: Connection, { database, owner }: { readonly database: string; readonly owner: string }) {
    this.#connection = connection;
    this.#database = database;
    this.owner = owner;
  }

  /**
   * Claims names. When it resolves, nobody else's insert for them will ever be stored. `beside`: servers that are written to under these names beside the home;
   * each has a copy of the claims, since an insert looks at those of the server that it is sent to. The home's come first: no copy is ever ahead of them.
   */
  async claim(names: readonly string[], atMs: number, beside: readonly Connection[] = []): Promise<string> {
    const token = crypto.randomUUID();
    const held = await this.#connection.query<{ name: string; epoch: string }>(
      `SELECT name, epoch FROM ${this.#database}.claims WHERE name IN {names:Array(String)}`,
      { names },
    );
    const epochs = new Map(held.map(({ name, epoch }) => [name, Number(epoch)]));
    const rows = names.map((name) => ({
      ...{ name, epoch: (epochs.get(name) ?? 0) + 1, token },
      ...{ owner: this.owner, claimedAt: jsonTime(atMs) },
    }));
    const insert = { table: `${this.#database}.claim_rows`, format: 'JSONEachRow', body: jsonRows(rows) } as const;
    await this.#connection.insertBytes(insert);
    await Promise.all(beside.map((connection) => connection.insertBytes(insert)));
    await Promise.all([this.#connection, ...beside].map(earlierInsertsEnd));
    return token;
  }

  /** Which of these claims no longer hold. */
  async lost(fence: Fence): Promise<ReadonlySet<string>> {
    const rows = await this.#connection.query<{ name: string; token: string }>(
      `SELECT name, token FROM ${this.#database}.claims WHERE name IN {names:Array(String)}`,
      { names: [...fence.keys()] },
    );
    const holders = new Map(rows.map(({ name, token }) => [name, token]));
    return new Set([...fence].filter(([name, token]) => holders.get(name) !== token).map(([name]) => name));
  }
}

/** Waits until no fenced insert that runs on a server at this moment runs there any more. */
async function earlierInsertsEnd(connection: Connection): Promise<void> {
  let ids = await running(connection);
  const earlier = new Set(ids);
  for (let waitedMs = 0; ids.some((id) => earlier.has(id)); waitedMs += LOOK_MS) {
    if (waitedMs >= PATIENCE_MS && waitedMs % PATIENCE_MS < LOOK_MS) await kill(connection, [...earlier]);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    ids = await running(connection);
  }
}

async function running(connection: Connection): Promise<string[]> {
  const rows = await connection.query<{ id: string }>(
    `SELECT query_id AS id FROM system.processes WHERE startsWith(query_id, {prefix:String})`,
    { prefix: WRITE_PREFIX },
  );
  return rows.map(({ id }) => id);
}

async function kill(connection: Connection, ids: readonly string[]): Promise<void> {
  await connection.command('KILL QUERY WHERE query_id IN {ids:Array(String)} ASYNC', { ids });
}
