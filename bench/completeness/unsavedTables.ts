import type { EstimateRow } from '../../core/store/arrivalStore.ts';

/** What a made-up store keeps for the host of an estimator: memos of its estimates until the final value is known; its state is kept nowhere. */
export abstract class UnsavedTables {
  /** By start of a window, epoch ms. */
  protected readonly memos = new Map<number, string[]>();

  state(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  saveState(): Promise<void> {
    return Promise.resolve();
  }

  protected keepMemos(rows: readonly EstimateRow[]): void {
    for (const { startMs, memo } of rows) this.memos.set(startMs, [...(this.memos.get(startMs) ?? []), memo]);
  }
}
