import type { EventBatch } from '../events/batch.ts';
import { addTexts, type PlacedRows } from './addTexts.ts';
import type { Cell } from './cell.ts';
import type { NamedAggregate } from './plan.ts';

/** Gives rows to the cells of one cut. Scratch arrays are kept between calls: the hot path allocates nothing per event. */
export interface RowAdder {
  /** The array, at least `length` long, in which the caller puts each row's series id before `add`. */
  rowIds(length: number): Uint32Array;
  /** Adds rows [from, to) to the cells of their series; `cellOf` is asked once per series in the run. Events below a cell's `through` are in it already. */
  add(
    batch: EventBatch,
    rows: { readonly from: number; readonly to: number },
    aggregates: readonly NamedAggregate[],
    cellOf: (series: number, offset: number) => Cell,
  ): void;
}

/** A row adder with scratch of its own. */
export function createRowAdder(): RowAdder {
  let ids = new Uint32Array(1024);
  let places = new Int32Array(1024);
  const scratch: CellScratch = { run: 0, runs: new Uint32Array(256), places: new Uint32Array(256) };
  return {
    rowIds(length) {
      if (ids.length < length) ids = new Uint32Array(length * 2);
      if (places.length < length) places = new Int32Array(length * 2);
      return ids;
    },
    add(batch, { from, to }, aggregates, cellOf) {
      const cells = placeRows(batch, from, to, { ids, places, scratch, cellOf });
      aggregates.forEach((named, at) => {
        addAggregate(named, at, cells, { batch, from, to, places });
      });
    },
  };
}

interface CellScratch {
  run: number;
  runs: Uint32Array;
  places: Uint32Array;
}

interface Placing {
  readonly ids: Uint32Array;
  readonly places: Int32Array;
  readonly scratch: CellScratch;
  readonly cellOf: (series: number, offset: number) => Cell;
}

/** Gives each row the place of its cell in the returned list, or -1 when the cell has it already. */
function placeRows(batch: EventBatch, from: number, to: number, placing: Placing): Cell[] {
  const { ids, places, scratch, cellOf } = placing;
  const { offsets } = batch;
  const cells: Cell[] = [];
  /** What each cell had seen before this run. Rows of one packet share an offset, so `through` itself cannot be asked while it moves. */
  const seen: number[] = [];
  const run = ++scratch.run;
  for (let row = from; row < to; row++) {
    const series = ids[row] ?? 0;
    const offset = offsets[row] ?? 0;
    if (series >= scratch.runs.length) growScratch(scratch, series);
    if (scratch.runs[series] !== run) {
      const cell = cellOf(series, offset);
      scratch.runs[series] = run;
      scratch.places[series] = cells.push(cell) - 1;
      seen.push(cell.through);
    }
    const place = scratch.places[series] ?? 0;
    const cell = cells[place];
    if (cell === undefined || offset < (seen[place] ?? 0)) {
      places[row] = -1;
    } else {
      cell.through = offset + 1;
      places[row] = place;
    }
  }
  return cells;
}

function addAggregate({ aggregate }: NamedAggregate, at: number, cells: readonly Cell[], rows: PlacedRows): void {
  const { batch, from, to, places } = rows;
  const states = cells.map((cell) => cell.states[at]);
  switch (aggregate.of) {
    case 'event': {
      for (let row = from; row < to; row++) {
        const place = places[row] ?? -1;
        if (place >= 0) aggregate.aggregator.add(states[place], 1);
      }
      return;
    }
    case 'field': {
      const column = batch.columns.get(aggregate.field);
      if (column?.kind !== 'number') return;
      const { values } = column;
      for (let row = from; row < to; row++) {
        const place = places[row] ?? -1;
        const value = values[row] ?? Number.NaN;
        if (place >= 0 && value === value) aggregate.aggregator.add(states[place], value);
      }
      return;
    }
    case 'text': {
      addTexts(aggregate, states, rows);
      return;
    }
    case 'row': {
      // Offsets ascend: of a single cell either a beginning is in already, or nothing.
      if (aggregate.aggregator.addRun !== undefined && cells.length === 1 && places[from] === 0) {
        aggregate.aggregator.addRun(states[0], batch, from, to);
        return;
      }
      const view = { batch, row: from };
      for (let row = from; row < to; row++) {
        const place = places[row] ?? -1;
        view.row = row;
        if (place >= 0) aggregate.aggregator.add(states[place], view);
      }
      return;
    }
  }
}

function growScratch(scratch: CellScratch, series: number): void {
  const length = Math.max(series + 1, scratch.runs.length * 2);
  const runs = new Uint32Array(length);
  runs.set(scratch.runs);
  const places = new Uint32Array(length);
  places.set(scratch.places);
  scratch.runs = runs;
  scratch.places = places;
}
