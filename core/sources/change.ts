/** What other jobs are told of. */
export const CHANGE_KINDS = ['findings', 'windows', 'alerts'] as const;

/** One of them. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A change that the store holds, as it is told to other jobs. */
export interface Change {
  readonly kind: ChangeKind;
  readonly key: string;
  /** Our clock, epoch ms. */
  readonly ms: number;
  readonly value: object;
}
