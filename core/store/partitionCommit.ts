/** How far a partition is stored. Offsets are those of its source. */
export interface PartitionCommit {
  readonly stream: string;
  readonly partition: string;
  readonly server: string;
  /** First offset that is not stored yet. */
  readonly offset: number;
  /** Greatest event time seen, epoch ms; undefined before the first event. */
  readonly watermarkMs: number | undefined;
  /** The same by server, of a partition of many servers; empty for one server's. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** Lines below `offset` that became events, and that did not. */
  readonly events: number;
  readonly problems: number;
  readonly closed: boolean;
  readonly fileHead: string;
}
