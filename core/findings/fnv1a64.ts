const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/** FNV-1a, 64 bit, of UTF-8 text or bytes, as 16 hexadecimal digits (Fowler, Noll, Vo: draft-eastlake-fnv). */
export function fnv1a64(input: string | Uint8Array): string {
  let hash = OFFSET_BASIS;
  for (const byte of typeof input === 'string' ? new TextEncoder().encode(input) : input)
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return hash.toString(16).padStart(16, '0');
}
