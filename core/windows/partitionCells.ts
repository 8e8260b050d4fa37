import type { EventBatch } from '../events/batch.ts';
import { windowStartOf } from '../time/window.ts';
import type { Cell } from './cell.ts';
import { createRowAdder, type RowAdder } from './rowAdder.ts';
import type { PlannedCut } from './plan.ts';
import type { StreamWindows } from './streamWindows.ts';

/**
 * All open cells of one partition. What a cell ends as is a function of the partition's events in offset order alone:
 * neither the size of batches nor a restart in between changes a byte (putting out of memory happens at fixed offsets).
 */
export class PartitionCells {
  readonly #stream: StreamWindows;
  readonly #windows = new Map<number, Map<number, Cell>[]>();
  readonly #adder: RowAdder = createRowAdder();
  /** Cells read back from the store, by key with `since`; taken up again by the event that opened them. */
  readonly #restored = new Map<string, Cell>();
  #changed: Cell[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  #epoch = 0;

  constructor(stream: StreamWindows) {
    this.#stream = stream;
  }

  /** Greatest event time seen, epoch ms; -Infinity before the first event. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Number of windows held in memory. */
  get openWindows(): number {
    return this.#windows.size;
  }

  /** Goes on from stored cells. `offset` is the committed offset: cells opened below it are open again, later ones wait for their event. */
  restore(cells: readonly Cell[], offset: number, newestMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, newestMs);
    this.#epoch = Math.floor(offset / this.#stream.epochOffsets);
    const epochStart = this.#epoch * this.#stream.epochOffsets;
    let newestStartMs = Number.NEGATIVE_INFINITY;
    for (const { since, windowStartMs } of cells)
      if (since < epochStart && windowStartMs > newestStartMs) newestStartMs = windowStartMs;
    for (const cell of cells) {
      // Its series is known again, so that an event which counted in it, or in (other), does so when it is read again.
      this.#stream.indexes[cell.cutAt]?.idOfText(cell.series);
      const { since, windowStartMs } = cell;
      if (since >= offset) this.#restored.set(keyOf(windowStartMs, cell.cutAt, cell.series, since), cell);
      else if (since >= epochStart || !this.#isLeft(windowStartMs, newestStartMs)) this.#put(cell);
    }
  }

  /** Adds all events of a batch to their cells. */
  grow(batch: EventBatch): void {
    const { windowMs } = this.#stream.plan;
    let from = 0;
    while (from < batch.length) {
      this.#enterEpoch(batch.offsets[from] ?? 0);
      const epochEnd = (this.#epoch + 1) * this.#stream.epochOffsets;
      const windowStartMs = windowStartOf(batch.timesMs[from] ?? 0, windowMs);
      const windowEndMs = windowStartMs + windowMs;
      let to = from;
      for (; to < batch.length; to++) {
        const timeMs = batch.timesMs[to] ?? 0;
        if (timeMs < windowStartMs || timeMs >= windowEndMs || (batch.offsets[to] ?? 0) >= epochEnd) break;
        if (timeMs > this.#newestMs) this.#newestMs = timeMs;
      }
      this.#growRun(batch, from, to, windowStartMs);
      from = to;
    }
  }

  /** Starts of the windows that changed since the last {@link takeChanged}, epoch ms. */
  changedWindows(): ReadonlySet<number> {
    return new Set(this.#changed.map((cell) => cell.windowStartMs));
  }

  /** Cells that changed since the last call. */
  takeChanged(): readonly Cell[] {
    const changed = this.#changed;
    for (const cell of changed) cell.changed = false;
    this.#changed = [];
    return changed;
  }

  /** Rows [from, to) all lie in one window. */
  #growRun(batch: EventBatch, from: number, to: number, windowStartMs: number): void {
    const cuts = this.#windowOf(windowStartMs);
    for (const [cutAt, cut] of this.#stream.plan.cuts.entries()) {
      const cells = cuts[cutAt];
      const index = this.#stream.indexes[cutAt];
      if (cells === undefined || index === undefined) continue;
      const ids = this.#adder.rowIds(batch.length);
      index.fill(batch, from, to, ids);
      this.#adder.add(batch, { from, to }, cut.aggregates, (series, offset) =>
        this.#cellOf(cells, { windowStartMs, cutAt, cut }, series, offset),
      );
    }
  }

  #cellOf(
    cells: Map<number, Cell>,
    at: { windowStartMs: number; cutAt: number; cut: PlannedCut },
    series: number,
    offset: number,
  ): Cell {
    let cell = cells.get(series);
    if (cell === undefined) {
      const text = this.#stream.indexes[at.cutAt]?.text(series) ?? '';
      cell = this.#restored.get(keyOf(at.windowStartMs, at.cutAt, text, offset)) ?? newCell(at, text, offset);
      cells.set(series, cell);
    }
    if (!cell.changed) {
      cell.changed = true;
      this.#changed.push(cell);
    }
    return cell;
  }

  #put(cell: Cell): void {
    const index = this.#stream.indexes[cell.cutAt];
    if (index !== undefined) this.#windowOf(cell.windowStartMs)[cell.cutAt]?.set(index.idOfText(cell.series), cell);
  }

  #windowOf(windowStartMs: number): Map<number, Cell>[] {
    let window = this.#windows.get(windowStartMs);
    if (window === undefined) {
      window = this.#stream.plan.cuts.map(() => new Map<number, Cell>());
      this.#windows.set(windowStartMs, window);
      if (this.#windows.size > this.#stream.openWindowsMax) this.#dropOldest();
    }
    return window;
  }

  #enterEpoch(offset: number): void {
    const epoch = Math.floor(offset / this.#stream.epochOffsets);
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    const newestStartMs = windowStartOf(this.#newestMs, this.#stream.plan.windowMs);
    for (const windowStartMs of this.#windows.keys())
      if (this.#isLeft(windowStartMs, newestStartMs)) this.#windows.delete(windowStartMs);
  }

  /** Whether a window is so far behind the newest one that it leaves memory: told by starts of windows, which the stored cells tell again after a restart. */
  #isLeft(windowStartMs: number, newestStartMs: number): boolean {
    return windowStartMs + this.#stream.keepMs < newestStartMs;
  }

  /** Beyond the limit the oldest window leaves memory; an event that still comes for it opens a new cell, which is merged when read. */
  #dropOldest(): void {
    this.#stream.windowsDropped++;
    this.#windows.delete(Math.min(...this.#windows.keys()));
  }
}

const keyOf = (windowStartMs: number, cutAt: number, series: string, since: number): string =>
  `${windowStartMs}|${cutAt}|${since}|${series}`;

const newCell = (
  at: { windowStartMs: number; cutAt: number; cut: PlannedCut },
  series: string,
  since: number,
): Cell => ({
  windowStartMs: at.windowStartMs,
  cutAt: at.cutAt,
  series,
  since,
  through: since,
  states: at.cut.aggregates.map(({ aggregate }) => aggregate.aggregator.empty()),
  changed: false,
});
