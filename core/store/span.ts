/** Windows that start in [fromMs, toMs). */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
