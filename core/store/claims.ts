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

  /** Claims names. When it resolves, nobody else's insert for them will ever be stored. */
  async claim(names: readonly string[], atMs: number): Promise<string> {
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
    await this.#connection.insertBytes({
      table: `${this.#database}.claim_rows`,
      format: 'JSONEachRow',
      body: jsonRows(rows),
    });
    await this.#earlierInsertsEnd();
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

  async #earlierInsertsEnd(): Promise<void> {
    let running = await this.#running();
    const earlier = new Set(running);
    for (let waitedMs = 0; running.some((id) => earlier.has(id)); waitedMs += LOOK_MS) {
      if (waitedMs >= PATIENCE_MS && waitedMs % PATIENCE_MS < LOOK_MS) await this.#kill([...earlier]);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      running = await this.#running();
    }
  }

  async #running(): Promise<string[]> {
    const rows = await this.#connection.query<{ id: string }>(
      `SELECT query_id AS id FROM system.processes WHERE startsWith(query_id, {prefix:String})`,
      { prefix: WRITE_PREFIX },
    );
    return rows.map(({ id }) => id);
  }

  async #kill(ids: readonly string[]): Promise<void> {
    await this.#connection.command('KILL QUERY WHERE query_id IN {ids:Array(String)} ASYNC', { ids });
  }
}
