import type { IncidentMark } from '../windows/incidentMark.ts';
import type { CellRow } from '../windows/mergeWindow.ts';
import { readWindows, ROW_DIGEST } from './cellTable.ts';
import { type Fence, fenceCondition } from './fence.ts';
import { FencedRows } from './fencedRows.ts';
import { incidentDigests, readIncidentMarks } from './incidentMarks.ts';
import type { Connection } from './connection.ts';
import { findingRow, jsonTime } from './insertBodies.ts';
import { type Judgement, rosterRow, windowRow } from './judgementRows.ts';
import { restatementRow, restatementsOf } from './restatementRows.ts';
import type { Span } from './span.ts';
import type { Announcements, ShortFile } from '../windows/arrivalsOf.ts';
import { readAnnouncements, readShortFiles } from './witnesses.ts';

/** A check's memory as it was before a window. */
export interface Snapshot {
  readonly windowStartMs: number;
  /** By owner (a plugin's name, or `host`): entries of series and state. */
  readonly entries: ReadonlyMap<string, readonly (readonly [series: string, state: string])[]>;
}

/** What judging asks of a store and tells it. */
export type JudgeTables = Pick<JudgeStore, keyof JudgeStore>;

/** The SQL of the judge role. All writes may be repeated without harm. */
export class JudgeStore {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #fence: Fence | undefined;
  readonly #rows: FencedRows;

  /** With a fence its writes are refused when the stream is another's to judge. */
  constructor(connection: Connection, database: string, fence?: Fence) {
    this.#connection = connection;
    this.#database = database;
    this.#fence = fence;
    this.#rows = new FencedRows(connection, database, fence);
  }

  /** Cells of the windows in the span. */
  windows(stream: string, span: Span): Promise<Map<number, CellRow[]>> {
    return readWindows(this.#connection, this.#database, stream, span);
  }

  /** Start of the first window at or after `fromMs` that has any events; undefined when there is none. */
  async firstWindow(stream: string, fromMs: number): Promise<number | undefined> {
    const [row] = await this.#connection.query<{ n: string; first: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(min(windowStart)) AS first FROM ${this.#database}.aggregate_cells
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64})`,
      { stream, fromMs },
    );
    return row === undefined || row.n === '0' ? undefined : Number(row.first);
  }

  /** End of the newest window that was judged; undefined before the first. */
  async judgedUntil(stream: string): Promise<number | undefined> {
    const [row] = await this.#connection.query<{ n: string; untilMs: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(windowEnd)) AS untilMs FROM ${this.#database}.windows WHERE stream = {stream:String}`,
      { stream },
    );
    return row === undefined || row.n === '0' ? undefined : Number(row.untilMs);
  }

  /** Revision and digest of the windows judged so far, from `fromMs` on, in order of time. */
  async judged(stream: string, fromMs: number): Promise<Map<number, { revision: number; digest: bigint }>> {
    const rows = await this.#connection.query<{ startMs: string; revision: number; digest: string }>(
      `SELECT toUnixTimestamp64Milli(windowStart) AS startMs, revision, toString(inputsDigest) AS digest FROM ${this.#database}.windows
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) ORDER BY startMs`,
      { stream, fromMs },
    );
    return new Map(rows.map((row) => [Number(row.startMs), { revision: row.revision, digest: BigInt(row.digest) }]));
  }

  /** Digest of everything each window of the span is made of: its own cells, the packets that speak of it, the files that held too little, the incidents it is in. Equal digests: nothing moved. */
  async digests(
    { stream, windowMs }: { readonly stream: string; readonly windowMs: number },
    packets: string | undefined,
    span: Span,
  ): Promise<Map<number, bigint>> {
    const rows = await this.#connection.query<{ startMs: string; digest: string }>(
      `SELECT startMs, toString(sum(part)) AS digest FROM (
         SELECT toUnixTimestamp64Milli(windowStart) AS startMs, ${ROW_DIGEST} AS part FROM ${this.#database}.aggregate_cells FINAL
         WHERE (stream = {stream:String} OR (stream = {packets:String} AND cut = 'server,metric' AND endsWith(series, {suffix:String})))
           AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})
         UNION ALL
         SELECT arrayJoin(range(intDiv(greatest(firstEventMs, {fromMs:Int64}), {windowMs:Int64}) * {windowMs:Int64}, least(lastEventMs + 1, {toMs:Int64}), {windowMs:Int64})) AS startMs,
                cityHash64(server, file, events, eventsRead) AS part
         FROM ${this.#database}.manifests
         WHERE stream = {stream:String} AND events > eventsRead AND lastEventMs >= {fromMs:Int64} AND firstEventMs < {toMs:Int64}
         UNION ALL ${incidentDigests(this.#database)})
       GROUP BY startMs`,
      { stream, windowMs, packets: packets ?? '', suffix: `,metric=${stream}.events`, ...span },
    );
    return new Map(rows.map(({ startMs, digest }) => [Number(startMs), BigInt(digest)]));
  }

  /** What packets of the span say of one log stream, by window. */
  announcements(packets: string, stream: string, span: Span): Promise<Map<number, Announcements>> {
    return readAnnouncements(this.#connection, this.#database, { packets, stream }, span);
  }

  /** Closed files of the span that held less than their manifests say. */
  shortFiles(stream: string, span: Span): Promise<readonly ShortFile[]> {
    return readShortFiles(this.#connection, this.#database, stream, span);
  }

  /** Incidents that people marked in the span. */
  incidents(stream: string, span: Span): Promise<readonly IncidentMark[]> {
    return readIncidentMarks(this.#connection, this.#database, stream, span);
  }

  /** Findings of the plugins that stand for windows of the span, as stored rows by id; those of `process` and of the core itself are not among them. */
  async findings(stream: string, span: Span): Promise<Map<string, { readonly startMs: number; readonly row: string }>> {
    const rows = await this.#connection.query<{ id: string; startMs: string; row: string }>(
      `SELECT id, toUnixTimestamp64Milli(windowStart) AS startMs, origin AS row FROM ${this.#database}.finding_revisions FINAL
       WHERE NOT retracted AND fromWindow AND stream = {stream:String}
         AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64})`,
      { stream, ...span },
    );
    return new Map(rows.map(({ id, startMs, row }) => [id, { startMs: Number(startMs), row }]));
  }

  /** Writes findings (and retractions) and who was expected, then the windows they belong to. */
  async save(stream: string, { findings, windows, rosters }: Judgement, atMs: number): Promise<void> {
    await this.#rows.insert(
      'finding_revisions',
      findings.map(({ finding, retracted }) => findingRow(finding, { fromWindow: true, retracted }, atMs)),
    );
    await this.#rows.insert(
      'roster_rows',
      rosters.map((roster) => rosterRow(stream, roster, atMs)),
    );
    if (windows.length === 0) return;
    const restated = await restatementsOf(this.#connection, this.#database, windows);
    await this.#rows.insert(
      'restatement_rows',
      restated.map((row) => restatementRow(row, atMs)),
    );
    await this.#rows.insert(
      'window_revisions',
      windows.map((window) => windowRow(window, atMs)),
    );
  }

  /** The latest snapshot taken at or before a window; undefined when there is none. */
  async snapshot(stream: string, windowStartMs: number): Promise<Snapshot | undefined> {
    const rows = await this.#connection.query<{ plugin: string; startMs: string; series: string; state: string }>(
      `SELECT plugin::String AS plugin, toUnixTimestamp64Milli(windowStart) AS startMs, series, state FROM ${this.#database}.check_snapshots FINAL
       WHERE stream = {stream:String} AND windowStart =
         (SELECT max(windowStart) FROM ${this.#database}.check_snapshots WHERE stream = {stream:String} AND plugin = 'host' AND windowStart <= fromUnixTimestamp64Milli({windowStartMs:Int64}))
       ORDER BY plugin, series`,
      { stream, windowStartMs },
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    const entries = new Map<string, (readonly [string, string])[]>();
    for (const { plugin, series, state } of rows)
      entries.set(plugin, [...(entries.get(plugin) ?? []), [series, state]]);
    return { windowStartMs: Number(first.startMs), entries };
  }

  /** Keeps a snapshot; the host's own entry goes last, since it makes the snapshot valid. */
  async saveSnapshot(stream: string, snapshot: Snapshot, atMs: number): Promise<void> {
    const rows = (owners: readonly string[]): object[] =>
      owners.flatMap((plugin) =>
        (snapshot.entries.get(plugin) ?? []).map(([series, state]) => ({
          plugin,
          stream,
          windowStart: jsonTime(snapshot.windowStartMs),
          series,
          state,
          takenAt: jsonTime(atMs),
        })),
      );
    const plugins = rows([...snapshot.entries.keys()].filter((owner) => owner !== 'host'));
    await this.#rows.insert('check_snapshots', plugins);
    await this.#rows.insert('check_snapshots', rows(['host']));
  }

  /** Drops the snapshots after a window: they were made of data that has changed. */
  async dropSnapshots(stream: string, afterMs: number): Promise<void> {
    await this.#connection.command(
      `DELETE FROM ${this.#database}.check_snapshots WHERE stream = {stream:String} AND windowStart > fromUnixTimestamp64Milli({afterMs:Int64})`,
      { stream, afterMs },
    );
  }

  /** Marks the windows that ended before `beforeMs` as never to change again. */
  async seal(stream: string, beforeMs: number, atMs: number): Promise<void> {
    await this.#connection.command(
      `INSERT INTO ${this.#database}.window_revisions SELECT w.* REPLACE ('sealed' AS state, fromUnixTimestamp64Milli({atMs:Int64}) AS judgedAt) FROM ${this.#database}.windows AS w
       WHERE w.stream = {stream:String} AND w.state != 'sealed' AND w.windowEnd <= fromUnixTimestamp64Milli({beforeMs:Int64}) ${this.#held.and}`,
      { stream, beforeMs, atMs, ...this.#held.params },
    );
  }

  /** Counts events that came for sealed windows. */
  async countTooLate(stream: string, serverCut: string, span: Span, atMs: number): Promise<void> {
    await this.#connection.command(
      `INSERT INTO ${this.#database}.window_revisions
       SELECT w.* REPLACE (toUInt64(c.now - w.events) AS tooLate, fromUnixTimestamp64Milli({atMs:Int64}) AS judgedAt)
       FROM ${this.#database}.windows AS w
       INNER JOIN (SELECT windowStart, sum(reinterpretAsUInt64(states['events'])) AS now FROM ${this.#database}.aggregate_cells FINAL
                   WHERE stream = {stream:String} AND cut = {serverCut:String} GROUP BY windowStart) AS c ON c.windowStart = w.windowStart
       WHERE w.stream = {stream:String} AND w.state = 'sealed' AND c.now > w.events + w.tooLate
         AND w.windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND w.windowStart < fromUnixTimestamp64Milli({toMs:Int64}) ${this.#held.and}`,
      { stream, serverCut, ...span, atMs, ...this.#held.params },
    );
  }

  /** The fence as one more condition of an INSERT ... SELECT. */
  get #held(): { readonly and: string; readonly params: Readonly<Record<string, readonly string[]>> } {
    if (this.#fence === undefined) return { and: '', params: {} };
    const { sql, params } = fenceCondition(this.#database, this.#fence);
    return { and: `AND ${sql}`, params };
  }
}
