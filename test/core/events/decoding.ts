import type { EventBatch } from '../../../core/events/batch.ts';
import { ABSENT_TEXT } from '../../../core/events/column.ts';
import { createDecoder, type DecodeInput, type Decoder } from '../../../core/events/decoder.ts';
import type { FieldType, StreamSchema } from '../../../core/events/stream.ts';

/** One field of every type. */
export const FIELDS: Readonly<Record<string, FieldType>> = {
  ts: 'time',
  server: 'category',
  exchange: 'category',
  url: 'text',
  id: 'integer',
  price: 'number',
  won: 'boolean',
};

export const SCHEMA: StreamSchema = {
  name: 'bids',
  kind: 'events',
  timeField: 'ts',
  serverField: 'server',
  sequenceField: 'id',
  fields: Object.entries(FIELDS).map(([name, type]) => ({ name, type })),
  lineBytesMax: 4_096,
};

export const LIMITS = { earliestMs: Date.UTC(2026, 0, 1), latestMs: Date.UTC(2026, 0, 2) };

/** Decodes bytes as one slice that does not begin its file. */
export const decode = (decoder: Decoder, bytes: Uint8Array, changed: Partial<DecodeInput> = {}): EventBatch =>
  decoder.decode({ partition: 's1/a', bytes, start: 0, end: bytes.length, baseOffset: 1, ...LIMITS, ...changed });

/** Decodes text by a fresh decoder. */
export const decodeText = (text: string, changed: Partial<DecodeInput> = {}): EventBatch =>
  decode(createDecoder(SCHEMA), new TextEncoder().encode(text), changed);

/** A declared field of a row as JSON.parse would give it; undefined when it is absent or null. */
export function fieldOf({ columns, bytes, overflow }: EventBatch, row: number, name: string): unknown {
  const column = columns.get(name);
  if (column?.kind === 'category') {
    const id = column.ids[row] ?? 0;
    return id === 0 ? undefined : column.dictionary.text(id);
  }
  if (column?.kind === 'text') {
    const [start, end] = [column.starts[row] ?? ABSENT_TEXT, column.ends[row] ?? 0];
    if (start === ABSENT_TEXT) return undefined;
    const from =
      start >= bytes.length ? overflow.subarray(start - bytes.length, end - bytes.length) : bytes.subarray(start, end);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(from);
  }
  const value = column?.values[row] ?? Number.NaN;
  if (Number.isNaN(value)) return undefined;
  return FIELDS[name] === 'boolean' ? value === 1 : value;
}

/** The undeclared members of a row. */
export function restOf({ restRows, restStarts, restEnds, bytes }: EventBatch, row: number): unknown {
  const members: string[] = [];
  for (let at = restRows[row] ?? 0; at < (restRows[row + 1] ?? 0); at++)
    members.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(restStarts[at], restEnds[at])));
  return JSON.parse(`{${members.join(',')}}`);
}
