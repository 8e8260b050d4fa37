/**
 * Where events come from. A source gives slices: raw bytes of *one partition in offset order*, whole records only.
 * It never decides what is stored: it begins each partition where `assign` says.
 */
export interface Source {
  /** Slices as they become available, interleaved over partitions by the time of their data; ends when `signal` aborts. */
  items(assign: Assign, signal: AbortSignal): AsyncIterable<SourceItem>;
  /** Servers of which bytes of this stream are there that were not yet given out: they are being caught up with. */
  serversBehind(stream: string): ReadonlySet<string>;
  /** False until everything that is there at the start was listed: before that nobody can say who is behind. */
  isListed(): boolean;
  /** Unread bytes over all partitions. */
  backlogBytes(): number;
}

/** Asked for partitions that the source has just found, many at once: where is each to be read from? Answers in the same order. */
export type Assign = (found: readonly FoundPartition[]) => Promise<readonly PartitionStart[]>;

export interface PartitionId {
  readonly stream: string;
  /** For files: `<server>/<name>`, without the ending of the compression. */
  readonly partition: string;
  readonly server: string;
}

export interface FoundPartition extends PartitionId {
  /** Digest of a file's first bytes (at most 1 KiB): another file under the same name has another one. */
  readonly fileHead: string;
}

export interface PartitionStart {
  /** First offset to read. */
  readonly offset: number;
  /** Nothing more to read: known to be closed and stored. */
  readonly closed: boolean;
  /** The head stored for this partition when it was first seen; undefined when it is new. */
  readonly fileHead: string | undefined;
}

/** What a source gives, in order. */
export type SourceItem =
  | ({ readonly kind: 'slice' } & Slice)
  | ({ readonly kind: 'closed'; readonly manifest: Manifest | undefined; readonly bytesRead: number } & PartitionId)
  | ({ readonly kind: 'damaged'; readonly reason: DamageReason; readonly detail: string } & PartitionId)
  /** Nothing more right now: the moment to store what is waiting. */
  | { readonly kind: 'idle' };

/** What may happen to a file that a log shipper should never do to it. */
export type DamageReason = 'shrunk' | 'head-changed' | 'unreadable';

/** Whole lines of one partition; the first byte is at `offset`. The bytes are the receiver's to keep. */
export interface Slice extends PartitionId {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Offset after the last byte. */
  readonly nextOffset: number;
  readonly fileHead: string;
}

/** The record that closes a log file, as the server wrote it beside the file. */
export interface Manifest {
  readonly server: string;
  readonly stream: string;
  readonly file: string;
  readonly boot: number;
  readonly seq: number;
  readonly build: string;
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  readonly events: number;
  readonly bytes: number;
  readonly crc32c: string;
}
