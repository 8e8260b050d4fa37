/**
 * Where events come from. A source gives slices: raw bytes of *one partition in offset order*, whole records only.
 * It never decides what is stored: it begins each partition where `assign` says.
 */
export interface Source {
  /** Slices as they become available, interleaved over partitions by the time of their data; ends when `signal` aborts. */
  items(reader: Reader, signal: AbortSignal): AsyncIterable<SourceItem>;
  /** Batches were stored: their positions, for those who look at the source from outside; what counts is what the store says. */
  stored?(positions: readonly StoredPosition[]): void;
  /** Another claim came in between (see `core/store/claims.ts`): whichever of these partitions are still ours are to be assigned anew. */
  reopen?(partitions: readonly PartitionId[]): void;
  /** False until everything that is there at the start was listed: before that nobody can say who is behind. */
  isListed(): boolean;
  /** Unread bytes over all partitions. */
  backlogBytes(): number;
}

/** Who reads a source. */
export interface Reader {
  /** Partitions that the source has just found, many at once: where is each to be read from? Answers in the same order. */
  assign(found: readonly FoundPartition[]): Promise<readonly PartitionStart[]>;
  /** These partitions are read by another process from now on. */
  revoke(partitions: readonly PartitionId[]): void;
}

export interface PartitionId {
  readonly stream: string;
  /** A topic of Kafka; of files the stream. */
  readonly topic: string;
  /** A topic's partition is `<topic>-<number>`; a file `<server>/<name>`, without the ending of the compression. */
  readonly partition: string;
  /** Whose events it holds; '' for a partition of many servers. */
  readonly server: string;
}

export interface FoundPartition extends PartitionId {
  /** Tells this partition from another under the same name: of a file the digest of its first bytes (at most 1 KiB), of a topic the cluster's id. */
  readonly fileHead: string;
  /** Where to begin when the store knows nothing of it; left out: at its start. The decision is stored before anything is read. */
  readonly firstOffset?: number;
}

/** How far a partition is stored. */
export interface StoredPosition extends Pick<PartitionId, 'stream' | 'partition'> {
  /** First offset that is not stored. */
  readonly offset: number;
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
  /** A manifest that came by itself, with what the shipper read of its file. */
  | {
      readonly kind: 'manifest';
      readonly manifest: Manifest;
      readonly read: FileRead;
      readonly position: StoredPosition;
    }
  | ({ readonly kind: 'damaged'; readonly reason: DamageReason; readonly detail: string } & PartitionId)
  /** Nothing more right now: the moment to store what is waiting. */
  | { readonly kind: 'idle' };

/** What may happen to a partition that should never happen to it: to a file by a log shipper, to a topic by its cluster. */
export type DamageReason = 'shrunk' | 'head-changed' | 'unreadable' | 'expired';

/** What was read of a file. */
export interface FileRead {
  readonly events: number;
  readonly problems: number;
  readonly bytes: number;
}

/** Whole lines or records of one partition; the first is at `offset`. The bytes are the receiver's to keep. */
export interface Slice extends PartitionId {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Offset after the last one. */
  readonly nextOffset: number;
  /** Where each record begins and ends, when they are no lines. */
  readonly records?: Records;
  readonly fileHead: string;
}

/** Records of a topic, laid end to end in a slice's bytes. */
export interface Records {
  readonly offsets: Float64Array;
  /** Index after each in the slice's bytes. */
  readonly ends: Uint32Array;
  /** Who sent each, as its key says; undefined where it has none. */
  readonly senderOf: (offset: number) => string | undefined;
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
