import type { Cell } from '../windows/cell.ts';
import type { AggregationPlan } from '../windows/plan.ts';
import { readPartitionCells } from './cellTable.ts';
import type { Connection } from './connection.ts';
import { commitRow, jsonRows } from './insertBodies.ts';
import type { PartitionCommit } from './partitionCommit.ts';

/** What the store knows of a partition that is about to be read: the truth that ingestion goes on from. */
export interface StoredPartition {
  readonly commit: PartitionCommit | undefined;
  /** Raw rows that are stored at and above the committed offset: from a batch whose commit did not happen. */
  readonly rowsAbove: ReadonlySet<number>;
  readonly cells: readonly Cell[];
}

/** How far a partition of many servers has come. */
export type Standing = Pick<PartitionCommit, 'stream' | 'partition' | 'offset' | 'watermarks'>;

/** Reads back where ingestion of a stream stands (DESIGN 4.3). */
export class IngestStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** What is stored of each of these partitions of one stream; three queries whatever their number. */
  async readBack(plan: AggregationPlan, partitions: readonly string[]): Promise<Map<string, StoredPartition>> {
    const commits = await this.#commits(plan.stream, partitions);
    const open = partitions.filter((partition) => commits.get(partition)?.closed !== true);
    const [rows, cells] = await Promise.all([
      this.rowsAbove(plan.stream, new Map(open.map((partition) => [partition, commits.get(partition)?.offset ?? 0]))),
      open.length === 0 ? new Map<string, Cell[]>() : readPartitionCells(this.#connection, this.#database, plan, open),
    ]);
    return new Map(
      partitions.map((partition) => [
        partition,
        {
          commit: commits.get(partition),
          rowsAbove: rows.get(partition) ?? new Set<number>(),
          cells: cells.get(partition) ?? [],
        },
      ]),
    );
  }

  /** Writes down how far partitions are stored; may be repeated. */
  async saveCommits(commits: readonly PartitionCommit[], atMs: number): Promise<void> {
    const body = jsonRows(commits.map((commit) => commitRow(commit, atMs)));
    await this.#connection.insertBytes({ table: `${this.#database}.partition_commits`, format: 'JSONEachRow', body });
  }

  /** Offsets of the raw rows at and above an offset, by partition: exactly what an interrupted insert left. */
  async rowsAbove(stream: string, from: ReadonlyMap<string, number>): Promise<Map<string, Set<number>>> {
    if (from.size === 0) return new Map();
    const rows = await this.#connection.query<{ partition: string; offsets: string[] }>(
      `WITH mapFromArrays({partitions:Array(String)}, {froms:Array(UInt64)}) AS committed
       SELECT partition::String AS partition, groupArray(offset) AS offsets
       FROM ${this.#database}.events_${stream}
       WHERE partition IN {partitions:Array(String)} AND offset >= committed[partition::String]
       GROUP BY partition`,
      { partitions: [...from.keys()], froms: [...from.values()] },
    );
    return new Map(rows.map(({ partition, offsets }) => [partition, new Set(offsets.map(Number))]));
  }

  /** Waits until the server it was sent to has ended an insert whose answer we did not get: only then does a read-back tell the truth. */
  async settled(server: Connection, queryId: string): Promise<void> {
    for (;;) {
      const running = await server.query<{ n: string }>(
        `SELECT count() AS n FROM system.processes WHERE query_id = {queryId:String}`,
        { queryId },
      );
      if (running[0]?.n === '0') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Greatest event time and first partition time by stream and server: where progress stood. */
  async watermarks(): Promise<
    readonly { readonly stream: string; readonly server: string; readonly watermarkMs: number }[]
  > {
    const rows = await this.#connection.query<{ stream: string; server: string; watermarkMs: string }>(
      `SELECT stream::String AS stream, told.1 AS server, max(told.2) AS watermarkMs
       FROM (SELECT stream, arrayJoin(if(server = '', watermarks, map(server, watermarkMs))) AS told FROM ${this.#database}.partitions)
       WHERE told.2 > 0 GROUP BY stream, told.1`,
    );
    return rows.map((row) => ({ ...row, watermarkMs: Number(row.watermarkMs) }));
  }

  /** How far every partition of many servers is stored, and how far each of its servers has come. */
  async standings(): Promise<readonly Standing[]> {
    const rows = await this.#connection.query<{
      stream: string;
      partition: string;
      offset: string;
      watermarks: Record<string, string>;
    }>(
      `SELECT stream::String AS stream, partition, offset, watermarks FROM ${this.#database}.partitions WHERE server = '' AND NOT closed`,
    );
    return rows.map(({ offset, watermarks, ...id }) => ({
      ...id,
      offset: Number(offset),
      watermarks: Object.fromEntries(Object.entries(watermarks).map(([server, ms]) => [server, Number(ms)])),
    }));
  }

  async #commits(stream: string, partitions: readonly string[]): Promise<Map<string, PartitionCommit>> {
    const rows = await this.#connection.query<{
      partition: string;
      server: string;
      offset: string;
      watermarkMs: string;
      watermarks: Record<string, string>;
      events: string;
      problems: string;
      closed: boolean;
      fileHead: string;
    }>(
      `SELECT partition, server, offset, watermarkMs, watermarks, events, problems, closed, fileHead FROM ${this.#database}.partitions
       WHERE stream = {stream:String} AND partition IN {partitions:Array(String)}`,
      { stream, partitions },
    );
    return new Map(
      rows.map(({ offset, watermarkMs, watermarks, events, problems, ...row }) => [
        row.partition,
        {
          ...row,
          stream,
          offset: Number(offset),
          watermarkMs: Number(watermarkMs) > 0 ? Number(watermarkMs) : undefined,
          watermarks: Object.fromEntries(Object.entries(watermarks).map(([who, ms]) => [who, Number(ms)])),
          events: Number(events),
          problems: Number(problems),
        },
      ]),
    );
  }
}
