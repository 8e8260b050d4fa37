import type { Fence } from './fence.ts';

/** A connection to ClickHouse, as the tables of this room need it. Made by `connectClickHouse`. */
export interface Connection {
  /** Rows of a query; 64-bit integers come as text (safe beyond 2^53). Parameters are bound by the engine: `{name:Type}`. */
  query<Row>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** Rows of a query as they come, some at a time: for answers that memory should not hold whole. */
  stream<Row>(sql: string, params?: Readonly<Record<string, unknown>>): AsyncIterable<readonly Row[]>;
  /** The answer's bytes, in the format that the SQL names. */
  queryBytes(sql: string, params?: Readonly<Record<string, unknown>>): Promise<Uint8Array>;
  /** The same as they come. The engine has the whole answer before the first: what ends in an error gives no bytes. */
  streamBytes(sql: string, params?: Readonly<Record<string, unknown>>): AsyncIterable<Uint8Array>;
  command(sql: string, params?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Inserts a body in `format`. Resolves when the engine has stored it; rejects with a StoreError that tells whether a retry can help. */
  insertBytes(insert: Insert): Promise<void>;
}

/** One insert. */
export interface Insert {
  /** With its database. */
  readonly table: string;
  readonly format: 'Native' | 'RowBinary' | 'JSONEachRow';
  readonly body: Uint8Array;
  /** Lets us ask later whether the engine is still at it. */
  readonly queryId?: string;
  /** Claims that must hold, or nothing is stored: the insert is refused (`isFenced`). Left out where no other process may write. */
  readonly fence?: Fence | undefined;
}
