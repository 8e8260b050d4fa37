import type { EventBatch } from './batch.ts';
import type { Column } from './column.ts';
import { problemReason, type Problem, type ProblemReason } from './problem.ts';
import { Scanner } from './scanner.ts';
import type { Shape } from './shape.ts';
import { type Node, ShapeTrie } from './shapeTrie.ts';
import { Slot } from './slot.ts';
import type { StreamSchema } from './stream.ts';

/** Bytes to decode: whole lines of one partition. */
export interface DecodeInput {
  /** The topic that the lines come from; left out: the stream's name. */
  readonly topic?: string | undefined;
  readonly partition: string;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Offset of the byte at `start`. */
  readonly baseOffset: number;
  /** Offset of each line where they are no byte positions: records of a topic, or events read back from the store. */
  readonly offsets?: Float64Array | undefined;
  /** Index in `bytes` after each line where newlines do not end them: records of a topic. */
  readonly ends?: Uint32Array | undefined;
  /** Event times before it and after it are absurd, epoch ms. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Turns lines into columns. */
export interface Decoder {
  /** Decodes lines; never throws whatever they hold. The batch is valid until the next call. */
  decode(input: DecodeInput): EventBatch;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** A decoder for one stream. Its dictionaries live as long as it does, so an id means the same in all its batches. */
export function createDecoder(schema: StreamSchema): Decoder {
  const slots = new Map(schema.fields.map(({ name, type }) => [name, new Slot(name, type)]));
  return new LineDecoder(schema, slots);
}

class LineDecoder implements Decoder {
  readonly #schema: StreamSchema;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #time: Slot;
  readonly #server: Slot;
  readonly #scanner: Scanner;
  #offsets: Float64Array = new Float64Array(0);
  #restRows: Uint32Array = new Uint32Array(1);
  #shapes: Shape[] = [];
  #problems: Problem[] = [];
  #length = 0;
  /** Lines seen in this call. */
  #lines = 0;

  constructor(schema: StreamSchema, slots: ReadonlyMap<string, Slot>) {
    const [time, server] = [slots.get(schema.timeField), slots.get(schema.serverField)];
    if (time?.type !== 'time' || server?.type !== 'category')
      throw new RangeError(
        `declare ${schema.timeField} as time and ${schema.serverField} as category in ${schema.name}`,
      );
    this.#schema = schema;
    this.#slots = slots;
    this.#time = time;
    this.#server = server;
    this.#scanner = new Scanner(new ShapeTrie(slots));
  }

  decode(input: DecodeInput): EventBatch {
    this.#begin();
    this.#lines = 0;
    if (input.ends === undefined) this.#textLines(input);
    else this.#records(input, input.ends);
    return this.#batch(input);
  }

  #textLines(input: DecodeInput): void {
    const { bytes, end } = input;
    for (let at = input.start; at < end; this.#lines++) {
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline < 0 || newline > end ? end : newline;
      this.#line(input, at, lineEnd);
      at = lineEnd + 1;
    }
  }

  #records(input: DecodeInput, ends: Uint32Array): void {
    let at = input.start;
    for (const end of ends) {
      this.#line(input, at, end);
      at = end;
      this.#lines++;
    }
  }

  #begin(): void {
    this.#length = 0;
    this.#shapes = [];
    this.#problems = [];
    this.#scanner.rest.truncate(0);
    this.#scanner.overflow.clear();
    this.#restRows[0] = 0;
    this.#reserve(Math.max(1_024, this.#offsets.length));
  }

  #line(input: DecodeInput, lineStart: number, lineEnd: number): void {
    const { bytes } = input;
    let start = lineStart;
    let end = lineEnd;
    if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    if (
      input.baseOffset === 0 &&
      lineStart === input.start &&
      bytes[start] === 0xef &&
      bytes[start + 1] === 0xbb &&
      bytes[start + 2] === 0xbf
    )
      start += 3;
    if (end <= start) return;
    const row = this.#length;
    if (row >= this.#offsets.length) this.#grow();
    const offset = input.offsets?.[this.#lines] ?? input.baseOffset + lineStart - input.start;
    if (end - start > this.#schema.lineBytesMax) {
      this.#problem(
        {
          offset,
          reason: 'line-too-long',
          detail: `${String(end - start)} bytes; ${String(this.#schema.lineBytesMax)} are allowed`,
        },
        bytes,
        start,
        end,
      );
      return;
    }
    const node = this.#scanner.object(bytes, start, end, row);
    const shape = node?.shape(this.#slots.values());
    for (const slot of node?.absent ?? []) slot.setAbsent(row);
    const wrong = this.#wrong(input, row, node, bytes.subarray(start, end));
    if (wrong !== undefined || shape === undefined) {
      const timeMs = node === undefined ? Number.NaN : (this.#time.values[row] ?? Number.NaN);
      this.#scanner.rest.truncate(this.#restRows[row] ?? 0);
      const known = { ...(Number.isFinite(timeMs) ? { timeMs } : {}), ...(shape === undefined ? {} : { shape }) };
      this.#problem({ offset, ...(wrong ?? { reason: 'not-json', detail: '' }), ...known }, bytes, start, end);
      return;
    }
    this.#offsets[row] = offset;
    this.#shapes.push(shape);
    this.#restRows[row + 1] = this.#scanner.rest.length;
    this.#length = row + 1;
  }

  /** What is wrong with the line just scanned, if anything. */
  #wrong(
    input: DecodeInput,
    row: number,
    node: Node | undefined,
    line: Uint8Array,
  ): { reason: ProblemReason; detail: string } | undefined {
    const { reason, detail, hasHighBytes } = this.#scanner;
    if (node === undefined)
      return line.includes(0)
        ? problemReason('nul-byte', 'the line has a NUL byte')
        : isUtf8(line)
          ? problemReason(reason ?? 'not-json', detail)
          : problemReason('bad-utf8', 'the line is no UTF-8');
    if (hasHighBytes && !isUtf8(line)) return problemReason('bad-utf8', 'the line is no UTF-8');
    if (reason !== undefined) return problemReason(reason, detail);
    const timeMs = this.#time.values[row] ?? Number.NaN;
    if (Number.isNaN(timeMs)) return problemReason('time-missing', `${this.#time.name} is missing`);
    if (timeMs < input.earliestMs)
      return problemReason(
        'time-before-horizon',
        `${this.#time.name} is ${String(timeMs)}; nothing before ${String(input.earliestMs)} is taken`,
      );
    if (timeMs > input.latestMs)
      return problemReason(
        'time-in-future',
        `${this.#time.name} is ${String(timeMs)}; nothing after ${String(input.latestMs)} is taken`,
      );
    if ((this.#server.ids[row] ?? 0) === 0) return problemReason('server-missing', `${this.#server.name} is missing`);
    return undefined;
  }

  #problem(problem: Omit<Problem, 'raw'>, bytes: Uint8Array, start: number, end: number): void {
    this.#problems.push({ ...problem, raw: bytes.slice(start, Math.min(end, start + this.#schema.lineBytesMax)) });
  }

  #grow(): void {
    const rows = this.#offsets.length * 2;
    const kept = [...this.#slots.values()].map(
      (slot) => [slot, slot.values, slot.ids, slot.starts, slot.ends] as const,
    );
    const offsets = this.#offsets;
    const restRows = this.#restRows;
    this.#reserve(rows);
    this.#offsets.set(offsets);
    this.#restRows.set(restRows);
    for (const [slot, values, ids, starts, ends] of kept) {
      slot.values.set(values);
      slot.ids.set(ids);
      slot.starts.set(starts);
      slot.ends.set(ends);
    }
  }

  #reserve(rows: number): void {
    if (this.#offsets.length < rows) {
      this.#offsets = new Float64Array(rows);
      this.#restRows = new Uint32Array(rows + 1);
    }
    for (const slot of this.#slots.values()) slot.reserve(rows);
  }

  #batch(input: DecodeInput): EventBatch {
    const columns = new Map<string, Column>();
    for (const slot of this.#slots.values()) columns.set(slot.name, slot.column());
    const { rest, overflow } = this.#scanner;
    return {
      stream: this.#schema.name,
      topic: input.topic ?? this.#schema.name,
      partition: input.partition,
      length: this.#length,
      offsets: this.#offsets,
      timesMs: this.#time.values,
      columns,
      shapes: this.#shapes,
      bytes: input.bytes,
      overflow: overflow.bytes,
      restRows: this.#restRows,
      restStarts: rest.starts,
      restEnds: rest.ends,
      problems: this.#problems,
    };
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
