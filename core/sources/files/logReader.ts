import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Compression } from './layout.ts';

const NEWLINE = 10;

/** Whole lines read from a log, and whether the end was reached. */
export interface ReadLines {
  readonly bytes: Uint8Array;
  readonly atEnd: boolean;
}

/**
 * Reads whole lines of a plain log from `offset`, about `bytesMax` of them (more when a single line is longer).
 * A last line without its newline is left for later, unless `isFinal`.
 */
export async function readPlain(
  path: string,
  offset: number,
  { bytesMax, isFinal }: { bytesMax: number; isFinal: boolean },
): Promise<ReadLines> {
  const file = await open(path, 'r');
  try {
    for (let wanted = bytesMax; ; wanted *= 2) {
      const bytes = await readAt(file, offset, wanted);
      const atEnd = bytes.length < wanted;
      const end = atEnd && isFinal ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0 || atEnd) return { bytes: bytes.subarray(0, end), atEnd };
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, wanted: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(wanted);
  let length = 0;
  while (length < wanted) {
    const { bytesRead } = await file.read(bytes, length, wanted - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}

/**
 * Reads a compressed log as pieces of whole lines, from `offset` of the uncompressed bytes. The last piece may lack its newline.
 * Throws when the compressed data is damaged.
 */
export async function* readCompressed(
  path: string,
  compression: Exclude<Compression, 'none'>,
  { offset, bytesMax }: { offset: number; bytesMax: number },
): AsyncGenerator<Uint8Array> {
  // `pipeline` hands the errors of the file on to its reader, and closes the file when the reader has had enough.
  const unpacked = pipeline(
    createReadStream(path),
    compression === 'gzip' ? createGunzip() : createZstdDecompress(),
    () => undefined,
  );
  let skip = offset;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of unpacked as AsyncIterable<Buffer>) {
    const wanted = skip >= piece.length ? piece.subarray(piece.length) : piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
    if (wanted.length === 0) continue;
    held.push(wanted);
    heldBytes += wanted.length;
    const end = heldBytes < bytesMax ? 0 : wanted.lastIndexOf(NEWLINE) + 1;
    if (end === 0) continue;
    const all = Buffer.concat(held);
    const cut = all.length - wanted.length + end;
    yield plain(all.subarray(0, cut));
    held = cut < all.length ? [all.subarray(cut)] : [];
    heldBytes = all.length - cut;
  }
  if (skip > 0) throw new Error(`it unpacks to ${String(offset - skip)} bytes, ${String(offset)} were read`);
  if (heldBytes > 0) yield plain(Buffer.concat(held));
}

/** The same bytes without Buffer's own ideas of slice(). */
const plain = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Bytes of a file's beginning that tell it from another under the same name. */
const HEAD_BYTES = 1_024;

/** Fingerprint of the file's first bytes: how many (at most 1 KiB), and their hash. `sameHead` compares it when the file has grown. */
export async function readHead(path: string, length = HEAD_BYTES): Promise<string> {
  const file = await open(path, 'r');
  try {
    const bytes = await readAt(file, 0, length);
    return `${String(bytes.length)}:${hash(bytes)}`;
  } finally {
    await file.close();
  }
}

/** Whether a file still begins as it did when its head was taken. */
export async function sameHead(path: string, head: string): Promise<boolean> {
  const length = Number.parseInt(head, 10);
  return !(length > 0) || head === (await readHead(path, length));
}

/** Whether a head is as long as heads may be; that of a file which was short when it was taken is not. */
export const isWholeHead = (head: string): boolean => Number.parseInt(head, 10) >= HEAD_BYTES;

/** FNV-1a, 32 bit: the head is no secret and has no adversary. */
function hash(bytes: Uint8Array): string {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
