import type { Connection } from './connection.ts';

/** A disk of the server. */
export interface Disk {
  readonly name: string;
  readonly type: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The table's partition with the most parts, and where the server begins to slow inserts down, and to refuse them. */
export interface PartsPressure {
  readonly table: string;
  readonly parts: number;
  readonly slowedFrom: number;
  readonly refusedFrom: number;
}

/** The newest audit of a stream. */
export interface NewestAudit {
  readonly stream: string;
  readonly holds: boolean;
  readonly ageMs: number;
  readonly committed: number;
  readonly rows: number;
  readonly deadLetters: number;
}

/** Lines of a stream that were no events, by their reason. */
export interface DeadLetters {
  readonly stream: string;
  readonly reason: string;
  readonly lines: number;
  /** Of one of them. */
  readonly detail: string;
}

/** How the deliveries to one receiver went. */
export interface ReceiverDeliveries {
  readonly receiverId: string;
  readonly deliveries: number;
  /** Given up, or waiting for another attempt. */
  readonly failed: number;
  readonly newestOutcome: string;
  readonly newestError: string;
  readonly newestStatus: number;
}

/** What is asked of ClickHouse to see whether it is well. It reads only. */
export class HealthStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** ClickHouse's version, and its clock. */
  async server(): Promise<{ readonly version: string; readonly nowMs: number }> {
    const [row] = await this.#connection.query<{ version: string; nowMs: string }>(
      'SELECT version() AS version, toUnixTimestamp64Milli(now64(3)) AS nowMs',
    );
    return { version: row?.version ?? '', nowMs: Number(row?.nowMs) };
  }

  async disks(): Promise<readonly Disk[]> {
    const rows = await this.#connection.query<{ name: string; type: string; freeBytes: string; totalBytes: string }>(
      'SELECT name, type, free_space AS freeBytes, total_space AS totalBytes FROM system.disks ORDER BY name',
    );
    return rows.map((row) => ({ ...row, freeBytes: Number(row.freeBytes), totalBytes: Number(row.totalBytes) }));
  }

  async partsPressure(): Promise<PartsPressure> {
    const [row] = await this.#connection.query<Record<'table' | 'parts' | 'slowedFrom' | 'refusedFrom', string>>(
      `SELECT argMax(p.table, p.n) AS table, max(p.n) AS parts,
              (SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS slowedFrom,
              (SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert') AS refusedFrom
       FROM (SELECT table, count() AS n FROM system.parts WHERE active AND database = {database:String} GROUP BY table, partition_id) AS p`,
      { database: this.#database },
    );
    return {
      table: row?.table ?? '',
      parts: Number(row?.parts),
      slowedFrom: Number(row?.slowedFrom),
      refusedFrom: Number(row?.refusedFrom),
    };
  }

  async newestAudits(): Promise<readonly NewestAudit[]> {
    const rows = await this.#connection.query<
      Omit<NewestAudit, 'ageMs' | 'committed' | 'rows' | 'deadLetters'> &
        Record<'ageMs' | 'committed' | 'rows' | 'deadLetters', string>
    >(
      `SELECT stream::String AS stream, argMax(a.holds, a.auditedAt) AS holds, argMax(a.committed, a.auditedAt) AS committed, argMax(a.rows, a.auditedAt) AS rows,
              argMax(a.deadLetters, a.auditedAt) AS deadLetters, toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(max(a.auditedAt)) AS ageMs
       FROM ${this.#database}.audit AS a GROUP BY stream ORDER BY stream`,
    );
    return rows.map((row) => ({
      ...row,
      ageMs: Number(row.ageMs),
      committed: Number(row.committed),
      rows: Number(row.rows),
      deadLetters: Number(row.deadLetters),
    }));
  }

  /** Of the last hour, those that no later decoding made events of; the most frequent first. */
  async deadLetters(): Promise<readonly DeadLetters[]> {
    const rows = await this.#connection.query<Omit<DeadLetters, 'lines'> & { lines: string }>(
      `SELECT stream::String AS stream, reason::String AS reason, count() AS lines, any(detail) AS detail FROM ${this.#database}.dead_letters
       WHERE arrivedAt > now64(3) - INTERVAL 1 HOUR AND resolvedAt IS NULL GROUP BY stream, reason ORDER BY lines DESC LIMIT 20`,
    );
    return rows.map((row) => ({ ...row, lines: Number(row.lines) }));
  }

  /** Of the last day, by receiver. */
  async deliveries(): Promise<readonly ReceiverDeliveries[]> {
    const rows = await this.#connection.query<
      Omit<ReceiverDeliveries, 'deliveries' | 'failed'> & { deliveries: string; failed: string }
    >(
      `SELECT receiverId, count() AS deliveries, countIf(d.outcome != 'delivered') AS failed, argMax(d.outcome, d.lastAttemptAt)::String AS newestOutcome,
              argMax(d.error, d.lastAttemptAt) AS newestError, argMax(d.status, d.lastAttemptAt) AS newestStatus
       FROM ${this.#database}.deliveries AS d WHERE d.lastAttemptAt > now64(3) - INTERVAL 1 DAY GROUP BY receiverId`,
    );
    return rows.map((row) => ({ ...row, deliveries: Number(row.deliveries), failed: Number(row.failed) }));
  }
}
