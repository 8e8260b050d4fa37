/**
 * CRC-32C (Castagnoli), as RFC 3720 appendix B.4 defines it, of `bytes` appended to what `crc` was computed from.
 * Eight bytes at a time ("slicing-by-8", Kounavis and Berry 2005). Unsigned 32 bits.
 */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wholeLength = bytes.length - (bytes.length % 8);
  let state = ~crc;
  let at = 0;
  for (; at < wholeLength; at += 8) {
    const low = words.getInt32(at, true) ^ state;
    const high = words.getInt32(at + 4, true);
    state =
      entry(1792 + (low & 255)) ^
      entry(1536 + ((low >>> 8) & 255)) ^
      entry(1280 + ((low >>> 16) & 255)) ^
      entry(1024 + (low >>> 24)) ^
      entry(768 + (high & 255)) ^
      entry(512 + ((high >>> 8) & 255)) ^
      entry(256 + ((high >>> 16) & 255)) ^
      entry(high >>> 24);
  }
  for (; at < bytes.length; at++) state = (state >>> 8) ^ entry((state ^ words.getUint8(at)) & 255);
  return ~state >>> 0;
}

/** A CRC-32C as manifests write it: 8 lower-case hexadecimal digits. */
export const crc32cText = (crc: number): string => crc.toString(16).padStart(8, '0');

/** The polynomial 0x1EDC6F41 with its bits in reverse. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256: table k holds the effect of a byte that stands k bytes before the last. */
const TABLES = makeTables();

const entry = (at: number): number => TABLES[at] ?? 0;

function makeTables(): Int32Array {
  const tables = new Int32Array(2048);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * POLYNOMIAL);
    tables[byte] = value;
  }
  for (let at = 256; at < 2048; at++) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 255] ?? 0);
  }
  return tables;
}
