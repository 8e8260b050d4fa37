import type { EventBatch } from '../events/batch.ts';
import { ABSENT_TEXT, type CategoryColumn, type NumberColumn, type TextColumn } from '../events/column.ts';
import { type Shape, shapeText } from '../events/shape.ts';
import type { StreamSchema } from '../events/stream.ts';
import { fieldColumns, ORIGIN_COLUMNS, REST_COLUMN } from './eventTable.ts';
import type { NativeWriter } from './nativeWriter.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

/** Writes rows of a batch as one Native block of the stream's events table. `rows` are row numbers, ascending. */
export function writeEventBlock(
  writer: NativeWriter,
  schema: StreamSchema,
  batch: EventBatch,
  { rows, arrivedAtMs }: { rows: Uint32Array; arrivedAtMs: number },
): void {
  const columns = fieldColumns(schema);
  writer.block(ORIGIN_COLUMNS.length + columns.length + 1, rows.length);
  writeOrigin(writer, batch, rows, arrivedAtMs);
  for (const { name, type } of columns) {
    writer.column(name, type);
    const column = batch.columns.get(name);
    if (column === undefined) throw new RangeError(`decode all declared fields of ${schema.name}; ${name} is missing`);
    switch (column.kind) {
      case 'category':
        writeCategory(writer, column, rows, name === schema.serverField);
        break;
      case 'text':
        writeText(writer, column, batch, rows);
        break;
      case 'number':
        writeNumber(writer, column, rows, type);
        break;
    }
  }
  writer.column(REST_COLUMN.name, REST_COLUMN.type);
  writeRest(writer, batch, rows);
}

function writeOrigin(writer: NativeWriter, batch: EventBatch, rows: Uint32Array, arrivedAtMs: number): void {
  const [topic, partition, offset, time, arrivedAt, shape] = ORIGIN_COLUMNS;
  const constants = new Uint32Array(rows.length).fill(1);
  for (const [column, value] of [
    [topic, batch.topic],
    [partition, batch.partition],
  ] as const) {
    writer.column(column?.name ?? '', column?.type ?? '');
    writer.lowCardinality([EMPTY, new TextEncoder().encode(value)], constants, rows.length);
  }
  writer.column(offset?.name ?? '', offset?.type ?? '');
  for (const row of rows) writer.int64(batch.offsets[row] ?? 0);
  writer.column(time?.name ?? '', time?.type ?? '');
  for (const row of rows) writer.int64(batch.timesMs[row] ?? 0);
  writer.column(arrivedAt?.name ?? '', arrivedAt?.type ?? '');
  for (const _ of rows) writer.int64(arrivedAtMs);
  writer.column(shape?.name ?? '', shape?.type ?? '');
  writeShapes(writer, batch.shapes, rows);
}

const shapeBytes = new WeakMap<Shape, Uint8Array>();

function writeShapes(writer: NativeWriter, shapes: readonly Shape[], rows: Uint32Array): void {
  const places = new Map<Shape, number>();
  const keys: Uint8Array[] = [EMPTY];
  const indexes = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const shape = shapes[rows[at] ?? 0];
    if (shape === undefined) continue;
    let place = places.get(shape);
    if (place === undefined) {
      place = keys.push(bytesOf(shape)) - 1;
      places.set(shape, place);
    }
    indexes[at] = place;
  }
  writer.lowCardinality(keys, indexes, rows.length);
}

function bytesOf(shape: Shape): Uint8Array {
  let bytes = shapeBytes.get(shape);
  if (bytes === undefined) {
    bytes = new TextEncoder().encode(shapeText(shape));
    shapeBytes.set(shape, bytes);
  }
  return bytes;
}

let placeOfId: Uint32Array = new Uint32Array(1024);

/** Only the keys that occur in these rows are sent; index 0 is NULL (or the default, for a column that cannot be NULL). */
function writeCategory(
  writer: NativeWriter,
  { ids, dictionary }: CategoryColumn,
  rows: Uint32Array,
  required: boolean,
): void {
  if (placeOfId.length < dictionary.size) placeOfId = new Uint32Array(dictionary.size * 2);
  const keys = required ? [EMPTY] : [EMPTY, EMPTY];
  const used: number[] = [];
  const indexes = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const id = ids[rows[at] ?? 0] ?? 0;
    if (id === 0) continue;
    let place = placeOfId[id] ?? 0;
    if (place === 0) {
      place = keys.push(dictionary.bytes(id)) - 1;
      placeOfId[id] = place;
      used.push(id);
    }
    indexes[at] = place;
  }
  writer.lowCardinality(keys, indexes, rows.length);
  for (const id of used) placeOfId[id] = 0;
}

function writeText(writer: NativeWriter, { starts, ends }: TextColumn, batch: EventBatch, rows: Uint32Array): void {
  for (const row of rows) writer.byte(starts[row] === ABSENT_TEXT ? 1 : 0);
  const { bytes, overflow } = batch;
  for (const row of rows) {
    const start = starts[row] ?? 0;
    const end = ends[row] ?? 0;
    if (start === ABSENT_TEXT) writer.varint(0);
    else if (start < bytes.length) writer.stringFrom(bytes, start, end);
    else writer.stringFrom(overflow, start - bytes.length, end - bytes.length);
  }
}

function writeNumber(writer: NativeWriter, { values }: NumberColumn, rows: Uint32Array, type: string): void {
  for (const row of rows) {
    const value = values[row] ?? Number.NaN;
    writer.byte(value === value ? 0 : 1);
  }
  if (type === 'Nullable(Float64)') for (const row of rows) writer.float64(orZero(values[row]));
  else if (type === 'Nullable(Bool)') for (const row of rows) writer.byte(orZero(values[row]));
  else for (const row of rows) writer.int64(orZero(values[row]));
}

const orZero = (value: number | undefined): number => (value === undefined || Number.isNaN(value) ? 0 : value);

/** JSON columns may be sent as their text (serialization version 1, "string"). */
const JSON_AS_STRING = 1;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const COMMA = 0x2c;

function writeRest(writer: NativeWriter, batch: EventBatch, rows: Uint32Array): void {
  writer.int64(JSON_AS_STRING);
  const { restRows, restStarts, restEnds, bytes } = batch;
  for (const row of rows) {
    const from = restRows[row] ?? 0;
    const to = restRows[row + 1] ?? from;
    let length = 2 + Math.max(0, to - from - 1);
    for (let at = from; at < to; at++) length += (restEnds[at] ?? 0) - (restStarts[at] ?? 0);
    writer.varint(length);
    writer.byte(BRACE_OPEN);
    for (let at = from; at < to; at++) {
      if (at > from) writer.byte(COMMA);
      writer.rawFrom(bytes, restStarts[at] ?? 0, restEnds[at] ?? 0);
    }
    writer.byte(BRACE_CLOSE);
  }
}
