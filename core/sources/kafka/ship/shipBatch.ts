import type { Message } from 'kafkajs';
import { manifestValue } from '../manifestRecord.ts';
import type { Manifest, PartitionId, Slice } from '../../source.ts';

/** How far a file was shipped; kept with the topics, under the file's name. */
export interface ShipPosition {
  /** First byte that was not shipped. */
  readonly offset: number;
  readonly closed: boolean;
  readonly fileHead: string;
  /** Lines shipped so far, and those that no broker would have taken. */
  readonly lines: number;
  readonly refused: number;
}

/** Key of a file's position. */
export const fileKey = ({ stream, partition }: Pick<PartitionId, 'stream' | 'partition'>): string =>
  `${stream}/${partition}`;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BUILD_KEY = Buffer.from('"build":"');
const QUOTE = 34;

/** What goes out in one transaction: records by stream, manifests, and how far each file is shipped by them. */
export class ShipBatch {
  readonly records = new Map<string, Message[]>();
  readonly manifests: Message[] = [];
  readonly positions = new Map<string, ShipPosition>();
  readonly #known: ReadonlyMap<string, ShipPosition>;
  readonly #lineBytesMax: (stream: string) => number;
  bytes = 0;
  lines = 0;
  refused = 0;

  /** `known` is where files stand before it. */
  constructor(known: ReadonlyMap<string, ShipPosition>, lineBytesMax: (stream: string) => number) {
    this.#known = known;
    this.#lineBytesMax = lineBytesMax;
  }

  get isEmpty(): boolean {
    return this.positions.size === 0;
  }

  /** Takes whole lines of a file, but for those that were shipped already. */
  addSlice(slice: Slice): void {
    const before = this.#positionOf(slice);
    let { lines, refused } = before;
    const { bytes, offset, server, stream, partition } = slice;
    const messages = this.records.get(stream) ?? [];
    this.records.set(stream, messages);
    const lineBytesMax = this.#lineBytesMax(stream);
    for (let at = Math.max(0, before.offset - offset); at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const next = newline < 0 ? bytes.length : newline + 1;
      const value = lineIn(bytes, at, newline < 0 ? bytes.length : newline);
      if (value.length > lineBytesMax) refused++;
      else if (value.length > 0) {
        messages.push({ key: server, value, headers: headersOf(value, partition, offset + at) });
        lines++;
      }
      at = next;
    }
    this.lines += lines - before.lines;
    this.refused += refused - before.refused;
    this.bytes += bytes.length;
    const { nextOffset, fileHead } = slice;
    this.positions.set(fileKey(slice), {
      offset: Math.max(before.offset, nextOffset),
      closed: false,
      fileHead,
      lines,
      refused,
    });
  }

  /** Takes the end of a file. */
  addClosed(file: PartitionId, manifest: Manifest | undefined): void {
    const before = this.#positionOf(file);
    if (before.closed) return;
    this.positions.set(fileKey(file), { ...before, closed: true });
    if (manifest === undefined) return;
    const { lines, refused, offset } = before;
    this.manifests.push({
      key: fileKey(file),
      value: manifestValue(manifest, { events: lines, problems: refused, bytes: offset }),
    });
  }

  #positionOf(file: Pick<PartitionId, 'stream' | 'partition'>): ShipPosition {
    const key = fileKey(file);
    return (
      this.positions.get(key) ??
      this.#known.get(key) ?? { offset: 0, closed: false, fileHead: '', lines: 0, refused: 0 }
    );
  }
}

/** A line without its ending. */
function lineIn(bytes: Uint8Array, start: number, end: number): Buffer {
  const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, last - start);
}

/** Where a record comes from, for whoever reads the topic without us. */
function headersOf(line: Buffer, file: string, position: number): Record<string, string> {
  const build = buildIn(line);
  return { file, position: String(position), schema: 'json', ...(build === '' ? {} : { build }) };
}

/** The build that a line names; '' when it names none. Looked for, not parsed: a header is a hint, the event says it. */
function buildIn(line: Buffer): string {
  const at = line.indexOf(BUILD_KEY);
  const end = at < 0 ? -1 : line.indexOf(QUOTE, at + BUILD_KEY.length);
  return end < 0 ? '' : line.toString('utf8', at + BUILD_KEY.length, end);
}
