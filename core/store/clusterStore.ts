import type { Connection } from './connection.ts';
import { jsonRows, jsonTime } from './insertBodies.ts';

/** What a process says of itself, again and again. */
export interface Beat {
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  readonly version: string;
  /** Where its API listens. */
  readonly api: string;
  readonly backlogBytes: number | undefined;
  /** What it waits for; '' when it is ready. */
  readonly notReady: string;
  /** It ends now, in order. */
  readonly stopped: boolean;
  readonly startedAtMs: number;
  /** By its own clock. */
  readonly saidAtMs: number;
}

/** A process as it was last heard of; its times are the store's. */
export interface HeardProcess extends Beat {
  readonly beatAtMs: number;
}

/** Who holds a name. */
export interface HeldClaim {
  readonly name: string;
  readonly owner: string;
  readonly epoch: number;
  readonly sinceMs: number;
}

/** How far an open partition is stored. */
export interface OpenPartition {
  readonly stream: string;
  readonly partition: string;
  /** Of a log file; '' for a topic's partition. */
  readonly server: string;
  readonly offset: number;
  /** Newest event time that is stored; undefined before the first event. */
  readonly newestMs: number | undefined;
}

/** What the store knows of the processes and of their work, at one time of its clock. */
export interface ClusterFacts {
  readonly nowMs: number;
  /** Those heard of within a day. */
  readonly processes: readonly HeardProcess[];
  readonly claims: readonly HeldClaim[];
  readonly partitions: readonly OpenPartition[];
}

/** Processes, who owns what, and how far it is. */
export class ClusterStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** Writes a beat; its time is the store's. */
  beat({ backlogBytes, startedAtMs, saidAtMs, ...beat }: Beat): Promise<void> {
    const row = {
      ...beat,
      backlogBytes: backlogBytes ?? null,
      startedAt: jsonTime(startedAtMs),
      saidAt: jsonTime(saidAtMs),
    };
    return this.#connection.insertBytes({
      table: `${this.#database}.process_beats`,
      format: 'JSONEachRow',
      body: jsonRows([row]),
    });
  }

  /** Everything at about one time; the clock is read last, so that nothing is newer. */
  async facts(): Promise<ClusterFacts> {
    const [processes, claims, partitions] = await Promise.all([this.#processes(), this.#claims(), this.#partitions()]);
    const [row] = await this.#connection.query<{ nowMs: string }>('SELECT toUnixTimestamp64Milli(now64(3)) AS nowMs');
    return { nowMs: Number(row?.nowMs), processes, claims, partitions };
  }

  async #processes(): Promise<HeardProcess[]> {
    const rows = await this.#connection.query<
      Omit<HeardProcess, 'backlogBytes' | 'startedAtMs' | 'saidAtMs' | 'beatAtMs'> &
        Record<'startedAtMs' | 'saidAtMs' | 'beatAtMs', string> & { backlogBytes: string | null }
    >(
      `SELECT owner, host, pid, roles, version, api, backlogBytes, notReady, stopped, toUnixTimestamp64Milli(startedAt) AS startedAtMs,
              toUnixTimestamp64Milli(saidAt) AS saidAtMs, toUnixTimestamp64Milli(beatAt) AS beatAtMs
       FROM ${this.#database}.processes WHERE beatAt > now64(3) - INTERVAL 1 DAY ORDER BY owner`,
    );
    return rows.map((row) => ({
      ...row,
      backlogBytes: row.backlogBytes === null ? undefined : Number(row.backlogBytes),
      startedAtMs: Number(row.startedAtMs),
      saidAtMs: Number(row.saidAtMs),
      beatAtMs: Number(row.beatAtMs),
    }));
  }

  async #claims(): Promise<HeldClaim[]> {
    const rows = await this.#connection.query<{ name: string; owner: string; epoch: string; sinceMs: string }>(
      `SELECT name, owner, epoch, toUnixTimestamp64Milli(claimedAt) AS sinceMs FROM ${this.#database}.claims ORDER BY name`,
    );
    return rows.map((row) => ({ ...row, epoch: Number(row.epoch), sinceMs: Number(row.sinceMs) }));
  }

  async #partitions(): Promise<OpenPartition[]> {
    const rows = await this.#connection.query<
      Record<'stream' | 'partition' | 'server' | 'offset' | 'newestMs', string>
    >(
      `SELECT stream::String AS stream, partition, server, offset, watermarkMs AS newestMs
       FROM ${this.#database}.partitions WHERE NOT closed ORDER BY stream, partition`,
    );
    return rows.map(({ offset, newestMs, ...row }) => ({
      ...row,
      offset: Number(offset),
      newestMs: Number(newestMs) > 0 ? Number(newestMs) : undefined,
    }));
  }
}
