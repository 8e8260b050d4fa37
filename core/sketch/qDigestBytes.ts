import type { QDigestNodes } from './qDigestNodes.ts';

/** From and unit, Float64 each; then codes and counts, UInt64 each. */
const HEAD_BYTES = 16;
const NODE_BYTES = 16;

/** A code is upper · 64 + height: post-order is the order of codes. */
const HEIGHTS = 64;

/** What the integers of nodes stand for, and the nodes. */
export interface StoredQDigest {
  readonly from: number;
  readonly unit: number;
  readonly nodes: QDigestNodes;
}

/** The bytes of a q-digest. */
export function encodeQDigest({ from, unit, nodes }: StoredQDigest): Uint8Array {
  const { length, uppers, heights, counts } = nodes;
  const view = new DataView(new ArrayBuffer(HEAD_BYTES + NODE_BYTES * length));
  view.setFloat64(0, from, true);
  view.setFloat64(8, unit, true);
  for (let at = 0, to = HEAD_BYTES; at < length; at++, to += NODE_BYTES) {
    setUint64(view, to, (uppers[at] ?? 0) * HEIGHTS + (heights[at] ?? 0));
    setUint64(view, to + 8, counts[at] ?? 0);
  }
  return new Uint8Array(view.buffer);
}

/** The inverse of {@link encodeQDigest}. */
export function decodeQDigest(bytes: Uint8Array): StoredQDigest {
  const length = (bytes.length - HEAD_BYTES) / NODE_BYTES;
  if (!Number.isInteger(length) || length < 0)
    throw new RangeError(`a qDigest state has 16 bytes and 16 per node, got ${String(bytes.length)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = view.getFloat64(0, true);
  const unit = view.getFloat64(8, true);
  if (!Number.isFinite(from) || !Number.isFinite(unit) || unit <= 0)
    throw new RangeError(`a qDigest state has a unit above 0, got ${String(unit)} from ${String(from)}`);
  const uppers = new Uint32Array(length);
  const heights = new Uint8Array(length);
  const counts = new Float64Array(length);
  let before = -1;
  for (let at = 0, start = HEAD_BYTES; at < length; at++, start += NODE_BYTES) {
    const code = uint64(view, start);
    if (!isCode(code) || code <= before)
      throw new RangeError(`a qDigest state has rising codes of nodes, got ${String(code)} after ${String(before)}`);
    before = code;
    uppers[at] = Math.floor(code / HEIGHTS);
    heights[at] = code % HEIGHTS;
    counts[at] = uint64(view, start + 8);
  }
  return { from, unit, nodes: { length, uppers, heights, counts } };
}

/** A node's integers lie below 2^32 and begin at a multiple of their number. */
function isCode(code: number): boolean {
  const height = code % HEIGHTS;
  const upper = Math.floor(code / HEIGHTS);
  return height <= 32 && upper < 2 ** 32 && (upper + 1) % 2 ** height === 0;
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

const uint64 = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
