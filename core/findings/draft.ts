import type { Labels } from '../windows/series.ts';

/** How much a finding matters. */
export type Severity = 'info' | 'warning' | 'critical';

/** A condition on the raw events behind a finding, for its evidence query. */
export interface EvidenceFilter {
  readonly column: string;
  readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'null' | 'not null';
  readonly value?: string | number;
}

/** What a check says of one window: a message by id with its data. The host signs it and makes a finding of it. */
export interface Draft<MessageId extends string = string> {
  readonly message: MessageId;
  /** Values for the message's `{placeholders}`. */
  readonly data: Readonly<Record<string, string | number>>;
  readonly severity: Severity;
  /** The series it is about, within the stream; '' for the whole stream. */
  readonly series: string;
  /** What tells this trouble from another of the same message and series (`server`, `field`, `metric`, ...). Part of its identity. */
  readonly labels: Labels;
  readonly observed?: number;
  readonly expected?: { readonly low: number; readonly center: number; readonly high: number };
  /** How rare the observation is: a p-value in (0, 1]. */
  readonly rarity?: number;
  /** Start of the first window it is about, epoch ms, where it is about more than the one that was judged; the evidence then begins there. */
  readonly sinceMs?: number;
  /** Narrows the evidence query beyond the series' own labels. */
  readonly evidence?: readonly EvidenceFilter[];
}
