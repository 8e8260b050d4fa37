import type { CellRow } from '../windows/mergeWindow.ts';
import type { Cell } from '../windows/cell.ts';
import type { AggregationPlan } from '../windows/plan.ts';
import { cutText } from '../windows/series.ts';
import type { Connection } from './connection.ts';
import type { NativeWriter } from './nativeWriter.ts';
import { RowBinaryReader } from './rowBinaryReader.ts';
import { arrivedSql, type KnownSpan } from './span.ts';

const TIME = "DateTime64(3, 'UTC')";

/** Cells of one partition as one Native block for `aggregate_cells`. */
export function writeCellBlock(
  writer: NativeWriter,
  plan: AggregationPlan,
  cells: readonly Cell[],
  from: { partition: string; arrivedAtMs: number },
): void {
  writer.block(9, cells.length);
  text(writer, 'stream', cells, () => plan.stream);
  integer(writer, { name: 'windowStart', type: TIME }, cells, (cell) => cell.windowStartMs);
  text(writer, 'cut', cells, (cell) => cutText(plan.cuts[cell.cutAt]?.dimensions ?? []));
  text(writer, 'series', cells, (cell) => cell.series);
  text(writer, 'partition', cells, () => from.partition);
  integer(writer, { name: 'since', type: 'UInt64' }, cells, (cell) => cell.since);
  integer(writer, { name: 'through', type: 'UInt64' }, cells, (cell) => cell.through);
  writeStates(writer, plan, cells);
  integer(writer, { name: 'arrivedAt', type: TIME }, cells, () => from.arrivedAtMs);
}

function writeStates(writer: NativeWriter, plan: AggregationPlan, cells: readonly Cell[]): void {
  const aggregates = (cell: Cell) => plan.cuts[cell.cutAt]?.aggregates ?? [];
  writer.column('states', 'Map(String, String)');
  let entries = 0;
  for (const cell of cells) writer.int64((entries += cell.states.length));
  for (const cell of cells) for (const { name } of aggregates(cell)) writer.text(name);
  for (const cell of cells)
    aggregates(cell).forEach(({ aggregate }, at) => {
      writer.string(aggregate.aggregator.encode(cell.states[at]));
    });
}

function text(writer: NativeWriter, name: string, cells: readonly Cell[], of: (cell: Cell) => string): void {
  writer.column(name, 'String');
  for (const cell of cells) writer.text(of(cell));
}

function integer(
  writer: NativeWriter,
  { name, type }: { readonly name: string; readonly type: string },
  cells: readonly Cell[],
  of: (cell: Cell) => number,
): void {
  writer.column(name, type);
  for (const cell of cells) writer.int64(of(cell));
}

/** Reads the stored cells of partitions back, to go on from them. */
export async function readPartitionCells(
  connection: Connection,
  database: string,
  plan: AggregationPlan,
  partitions: readonly string[],
): Promise<Map<string, Cell[]>> {
  const cutAt = new Map(plan.cuts.map(({ dimensions }, at) => [cutText(dimensions), at]));
  const reader = new RowBinaryReader(
    await connection.queryBytes(
      `SELECT partition, toUnixTimestamp64Milli(windowStart), cut::String, series, since, through, states::Map(String, String)
       FROM ${database}.aggregate_cells FINAL
       WHERE stream = {stream:String} AND partition IN {partitions:Array(String)} FORMAT RowBinary`,
      { stream: plan.stream, partitions },
    ),
  );
  const found = new Map<string, Cell[]>();
  while (!reader.atEnd) {
    const partition = reader.text();
    const windowStartMs = reader.int64();
    const at = cutAt.get(reader.text());
    const [series, since, through, states] = [reader.text(), reader.int64(), reader.int64(), reader.map()];
    if (at === undefined) continue;
    const cell: Cell = {
      windowStartMs,
      cutAt: at,
      series,
      since,
      through,
      states: decoded(plan, at, states),
      changed: false,
    };
    const cells = found.get(partition);
    if (cells === undefined) found.set(partition, [cell]);
    else cells.push(cell);
  }
  return found;
}

function decoded(plan: AggregationPlan, cutAt: number, states: ReadonlyMap<string, Uint8Array>): unknown[] {
  return (plan.cuts[cutAt]?.aggregates ?? []).map(({ name, aggregate }) => {
    const bytes = states.get(name);
    return bytes === undefined ? aggregate.aggregator.empty() : aggregate.aggregator.decode(bytes);
  });
}

/** Reads the cells of the windows that start in [fromMs, toMs), in the order in which they are merged: (cut, series, partition, since). */
export async function readWindows(
  connection: Connection,
  database: string,
  stream: string,
  span: KnownSpan,
): Promise<Map<number, CellRow[]>> {
  const reader = new RowBinaryReader(
    await connection.queryBytes(
      `SELECT toUnixTimestamp64Milli(windowStart), cut::String, series, states::Map(String, String)
       FROM ${database}.aggregate_cells FINAL
       WHERE stream = {stream:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64}) AND windowStart < fromUnixTimestamp64Milli({toMs:Int64}) ${arrivedSql(span)}
       ORDER BY windowStart, cut, series, partition, since FORMAT RowBinary`,
      { stream, ...span },
    ),
  );
  const windows = new Map<number, CellRow[]>();
  while (!reader.atEnd) {
    const row: CellRow = {
      windowStartMs: reader.int64(),
      cut: reader.text(),
      series: reader.text(),
      states: reader.map(),
    };
    const rows = windows.get(row.windowStartMs);
    if (rows === undefined) windows.set(row.windowStartMs, [row]);
    else rows.push(row);
  }
  return windows;
}

/** Digest of one row's origin; its sum over the rows of a window is the window's digest. */
export const ROW_DIGEST = 'cityHash64(stream::String, cut::String, series, partition, since, through)';
