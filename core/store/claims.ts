import type { Connection } from './connection.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';

/** What is claimed, and by which claim: an insert with it is stored only while all these claims hold. */
export type Fence = ReadonlyMap<string, string>;

/** Query ids of inserts begin with it, so that a new owner finds those of the old one that still run. */
const WRITE_PREFIX = 'touchstone-write-';
/** Live writers end an insert in less; whoever is slower may be stopped, or dead, and has its insert killed: it reads back what arrived. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 25;

/** ClickHouse's FUNCTION_THROW_IF_VALUE_IS_NON_ZERO. */
const THROWN = '395';
const FENCED = 'touchstone: fenced';

/** A query id for an insert that a new owner can find. */
export const writeId = (): string => `${WRITE_PREFIX}${crypto.randomUUID()}`;

/** Whether an insert was refused since one of its claims no longer holds. */
export const isFenced = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === THROWN && error.message.includes(FENCED);

/** What makes an insert look at its claims before it stores anything: a condition, and its bound parameters. */
export function fenceCondition(
  database: string,
  fence: Fence,
): { readonly sql: string; readonly params: Readonly<Record<string, readonly string[]>> } {
  return {
    sql: `throwIf((SELECT countIf((name, token) IN arrayZip({fenceNames:Array(String)}, {fenceTokens:Array(String)})) FROM ${database}.claims WHERE name IN {fenceNames:Array(String)}) != ${String(fence.size)}, '${FENCED}') = 0`,
    params: { fenceNames: [...fence.keys()], fenceTokens: [...fence.values()] },
  };
}

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
