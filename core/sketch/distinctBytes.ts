import {
  addHash,
  type DistinctState,
  emptyDistinct,
  HASHES_MAX,
  RANK_MAX,
  rankCounts,
  REGISTERS,
} from './distinctState.ts';

/** First byte of ClickHouse's three forms: an array of up to 16 hashes, a set of more, registers. */
const [ARRAY, SET, FULL] = [1, 2, 3] as const;
const ARRAY_MAX = 16;

/** Registers of 6 bits, then how many have each rank (UInt32), then how many have none (UInt16). */
const PACKED_BYTES = (REGISTERS * 6) / 8;
const FULL_BYTES = 1 + PACKED_BYTES + 4 * (RANK_MAX + 1) + 2;

/** The bytes of a count of distinct texts. */
export function encodeDistinct({ hashes, size, registers }: DistinctState): Uint8Array {
  return registers === undefined ? encodeHashes(hashes, size) : encodeRegisters(registers);
}

/** The inverse of {@link encodeDistinct}; takes ClickHouse's own states as well, whatever the order of their hashes. */
export function decodeDistinct(bytes: Uint8Array): DistinctState {
  const form = bytes[0];
  const state = emptyDistinct();
  if (form === FULL && bytes.length === FULL_BYTES) {
    state.registers = unpacked(bytes);
    return state;
  }
  // A length of more than 127 takes two bytes.
  const first = bytes[1] ?? 0;
  const start = first < 0x80 ? 2 : 3;
  const size = first < 0x80 ? first : (first & 0x7f) + (bytes[2] ?? 0) * 0x80;
  const isHashes = (form === ARRAY && size <= ARRAY_MAX) || (form === SET && size <= HASHES_MAX);
  if (!isHashes || bytes.length !== start + 8 * size)
    throw new RangeError(
      `a distinct state has up to ${String(HASHES_MAX)} hashes or ${String(FULL_BYTES)} bytes, got ${String(bytes.length)} bytes of form ${String(form)}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 8 * size);
  for (let at = 0; at < 8 * size; at += 8) addHash(state, view.getUint32(at, true), view.getUint32(at + 4, true));
  return state;
}

function encodeHashes(hashes: Uint32Array, size: number): Uint8Array {
  const sorted = new BigUint64Array(size);
  let filled = 0;
  for (let at = 0; at < hashes.length; at += 2) {
    const low = hashes[at] ?? 0;
    const high = hashes[at + 1] ?? 0;
    if ((low | high) !== 0) sorted[filled++] = (BigInt(high) << 32n) | BigInt(low);
  }
  sorted.sort();
  const start = size < 0x80 ? 2 : 3;
  const bytes = new Uint8Array(start + 8 * size);
  bytes[0] = size <= ARRAY_MAX ? ARRAY : SET;
  bytes[1] = size < 0x80 ? size : 0x80 | (size & 0x7f);
  if (start === 3) bytes[2] = size >> 7;
  const view = new DataView(bytes.buffer, start);
  for (const [at, hash] of sorted.entries()) view.setBigUint64(8 * at, hash, true);
  return bytes;
}

function encodeRegisters(registers: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FULL_BYTES);
  bytes[0] = FULL;
  for (let at = 0, to = 1; at < REGISTERS; at += 4, to += 3) {
    const four =
      (registers[at] ?? 0) |
      ((registers[at + 1] ?? 0) << 6) |
      ((registers[at + 2] ?? 0) << 12) |
      ((registers[at + 3] ?? 0) << 18);
    bytes[to] = four;
    bytes[to + 1] = four >> 8;
    bytes[to + 2] = four >> 16;
  }
  const view = new DataView(bytes.buffer, 1 + PACKED_BYTES);
  const counts = rankCounts(registers);
  for (const [rank, count] of counts.entries()) view.setUint32(4 * rank, count, true);
  view.setUint16(4 * counts.length, counts[0] ?? 0, true);
  return bytes;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (let at = 0, from = 1; at < REGISTERS; at += 4, from += 3) {
    const four = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16);
    for (let part = 0; part < 4; part++) registers[at + part] = (four >> (6 * part)) & 63;
  }
  const wrong = registers.find((rank) => rank > RANK_MAX);
  if (wrong !== undefined)
    throw new RangeError(`a register has a rank of up to ${String(RANK_MAX)}, got ${String(wrong)}`);
  return registers;
}
