/** Windows that start in [fromMs, toMs). */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The same, as far as their rows had arrived by a time; left out: as they are now. */
export interface KnownSpan extends Span {
  readonly asOfMs?: number | undefined;
}

/** The condition that leaves out what arrived later; its parameter is the span's own. */
export const arrivedSql = ({ asOfMs }: Pick<KnownSpan, 'asOfMs'>): string =>
  asOfMs === undefined ? '' : 'AND arrivedAt <= fromUnixTimestamp64Milli({asOfMs:Int64})';
