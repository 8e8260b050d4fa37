import { storedAlert } from '../alerts/storedAlert.ts';
import type { Change, ChangeKind } from '../sources/change.ts';
import type { Place } from '../time/changeCursor.ts';
import { alertValue, findingValue, windowValue } from './changeValues.ts';
import type { Connection } from './connection.ts';
import { tablesVersion } from './tablesVersion.ts';

/** Where the changes of a kind are stored. */
interface Table {
  readonly name: string;
  /** Name of its column of the time at which a row was written. */
  readonly writtenAt: string;
  /** When it changed, epoch ms, at or before that. */
  readonly ms: string;
  readonly key: string;
  /** What its value is made of. */
  readonly columns: string;
  readonly value: (row: Readonly<Record<string, unknown>>, ms: number) => object;
}

const TABLES: Readonly<Record<ChangeKind, Table>> = {
  findings: {
    ...{ name: 'finding_revisions', writtenAt: 'foundAt', ms: 'toUnixTimestamp64Milli(foundAt)', key: 'id' },
    columns: 'origin, retracted',
    value: ({ origin, retracted }, ms) => findingValue(JSON.parse(String(origin)) as object, retracted === true, ms),
  },
  windows: {
    ...{ name: 'window_revisions', writtenAt: 'judgedAt', ms: 'toUnixTimestamp64Milli(judgedAt)' },
    key: `concat(stream, '/', toString(toUnixTimestamp64Milli(windowStart)))`,
    columns: `stream::String AS stream, toUnixTimestamp64Milli(windowStart) AS startMs, toUnixTimestamp64Milli(windowEnd) AS endMs,
      state::String AS state, revision, events, serversExpected, serversArrived, eventsAnnounced, tooLate`,
    value: windowValue,
  },
  alerts: {
    // A row is written with every window that an alert hears of; it has changed when somebody would see it.
    ...{ name: 'alert_revisions', writtenAt: 'updatedAt', ms: `JSONExtractInt(state, 'changedAtMs')`, key: 'id' },
    columns: 'state',
    value: ({ state }, ms) => alertValue(storedAlert(String(state)), ms),
  },
};

/** Reads what has changed: every revision that the tables still hold, also one that another has replaced since. */
export class ChangeStore {
  readonly #connection: Connection;
  readonly #database: string;

  constructor(connection: Connection, database: string) {
    this.#connection = connection;
    this.#database = database;
  }

  /** Something else whenever there may be changes that were not read. */
  version(): Promise<string> {
    const tables = Object.values(TABLES).map(({ name }) => name);
    return tablesVersion(this.#connection, this.#database, tables);
  }

  /** The first changes behind a place, in order; one that was stored twice may come twice. */
  async places(kind: ChangeKind, { ms, key }: Place, limit: number): Promise<Place[]> {
    const { writtenAt, ...table } = TABLES[kind];
    const rows = await this.#connection.query<{ changeMs: string; changeKey: string }>(
      `SELECT ${table.ms} AS changeMs, ${table.key} AS changeKey FROM ${this.#database}.${table.name}
       WHERE ${writtenAt} >= fromUnixTimestamp64Milli({ms:Int64}) AND (changeMs, changeKey) > ({ms:Int64}, {key:String})
       ORDER BY changeMs, changeKey LIMIT {limit:UInt32}`,
      { ms, key, limit },
    );
    return rows.map(({ changeMs, changeKey }) => ({ ms: Number(changeMs), key: changeKey }));
  }

  /** These changes, which are in order, as far as they are still there; with what they say. */
  async changes(kind: ChangeKind, places: readonly Place[]): Promise<Change[]> {
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { writtenAt, columns, value, ...table } = TABLES[kind];
    const rows = await this.#connection.query<{ changeMs: string; changeKey: string }>(
      `SELECT ${table.ms} AS changeMs, ${table.key} AS changeKey, ${columns} FROM ${this.#database}.${table.name}
       WHERE ${writtenAt} >= fromUnixTimestamp64Milli({fromMs:Int64}) AND (changeMs, changeKey) >= ({fromMs:Int64}, {from:String})
         AND (changeMs, changeKey) <= ({toMs:Int64}, {to:String})`,
      { fromMs: first.ms, from: first.key, toMs: last.ms, to: last.key },
    );
    const found = new Map(rows.map((row) => [`${row.changeMs} ${row.changeKey}`, row]));
    return places.flatMap(({ ms, key }) => {
      const row = found.get(`${String(ms)} ${key}`);
      return row === undefined ? [] : [{ kind, key, ms, value: value({ ...row }, ms) }];
    });
  }
}
