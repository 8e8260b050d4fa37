/** The growing states of one series in one window, from the events of one partition in [since, through). */
export interface Cell {
  readonly windowStartMs: number;
  readonly cutAt: number;
  readonly series: string;
  /** Offset of the first event. */
  readonly since: number;
  /** Offset after the last event; an event below it is in already. */
  through: number;
  /** One per aggregate of the cut, in the plan's order. */
  readonly states: unknown[];
  /** Changed since it was last taken by {@link PartitionCells.takeChanged}. */
  changed: boolean;
}
