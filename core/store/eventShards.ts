import { cityHash64, hashHigh, hashLow } from '../sketch/cityHash64.ts';
import type { Connection } from './connection.ts';

/** A server that holds raw events of some partitions. Its URL is its name: partitions stay where they are while it does not change. */
export interface EventShard {
  readonly url: string;
  readonly connection: Connection;
}

/** Raw events over several servers. */
export interface Spread {
  /** What the home calls all of them together, in its `remote_servers`. */
  readonly cluster: string;
  readonly shards: readonly EventShard[];
}

/**
 * Where raw events are: in `events_<stream>` on the home, the server that holds everything; or, spread, in `event_rows_<stream>` on every shard (a name that no stream's own table can have), and
 * `events_<stream>` on the home reads all of them together. A partition's rows are written to one shard and looked for on all.
 */
export class EventShards {
  readonly database: string;
  /** Undefined: not spread. */
  readonly spread: Spread | undefined;
  readonly #home: Connection;

  constructor(home: Connection, database: string, spread?: Spread) {
    this.#home = home;
    this.database = database;
    this.spread = spread;
  }

  /** Servers beside the home that must know who may write. */
  get beside(): readonly Connection[] {
    return this.spread?.shards.map(({ connection }) => connection) ?? [];
  }

  /** The table that a stream's rows are inserted into, on the server of their partition. */
  rowsTable(stream: string): string {
    return `${this.database}.${this.spread === undefined ? 'events' : 'event_rows'}_${stream}`;
  }

  /** The server that a partition's rows are inserted into. */
  of(partition: string): Connection {
    return this.spread === undefined ? this.#home : shardOf(this.spread.shards, partition).connection;
  }
}

/**
 * The shard of a partition: the one whose name and the partition's together hash highest. The order of the list does not matter, and one more shard takes
 * its share from all others, without moving anything between those.
 * Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998): rendezvous hashing.
 */
export function shardOf<Shard extends Pick<EventShard, 'url'>>(shards: readonly Shard[], partition: string): Shard {
  const [first, ...others] = shards;
  if (first === undefined) throw new RangeError('there is no shard');
  let best = first;
  let highest = weight(first.url, partition);
  for (const shard of others) {
    const next = weight(shard.url, partition);
    if (next <= highest) continue;
    best = shard;
    highest = next;
  }
  return best;
}

/** 53 bits of a hash that mixes well: names differ in their last digit only. */
function weight(url: string, partition: string): number {
  const bytes = new TextEncoder().encode(`${url}\n${partition}`);
  cityHash64(bytes, 0, bytes.length);
  return hashHigh() * 2 ** 21 + (hashLow() >>> 11);
}
