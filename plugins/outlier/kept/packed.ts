/** Of base64 (RFC 4648, section 4), as codes of ASCII, and back. */
const LETTERS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PLACES = new Uint8Array(128);
LETTERS.forEach((letter, place) => (PLACES[letter] = place));
const FILL = 61;
const ascii = new TextDecoder();

/**
 * Many numbers as one text, for a snapshot: base64 of their bytes in the order of the machine. To the last bit, a third shorter than their digits and many times faster.
 */
export function packed(numbers: Float64Array | Uint8Array): string {
  const bytes = bytesOf(numbers);
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(FILL);
  for (let at = 0, to = 0; at < bytes.length; at += 3) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[to++] = LETTERS[three >> 18] ?? 0;
    text[to++] = LETTERS[(three >> 12) & 63] ?? 0;
    if (at + 1 < bytes.length) text[to++] = LETTERS[(three >> 6) & 63] ?? 0;
    if (at + 2 < bytes.length) text[to++] = LETTERS[three & 63] ?? 0;
  }
  return ascii.decode(text);
}

/** Puts numbers back that were packed; as many as there are, and as many as have room. */
export function unpack(text: string, numbers: Float64Array | Uint8Array): void {
  const bytes = bytesOf(numbers);
  for (let at = 0, to = 0; at < text.length; at += 4) {
    const four = (placeAt(text, at) << 18) | (placeAt(text, at + 1) << 12) | (placeAt(text, at + 2) << 6);
    bytes[to++] = four >> 16;
    bytes[to++] = four >> 8;
    bytes[to++] = four | placeAt(text, at + 3);
  }
}

const placeAt = (text: string, at: number): number => PLACES[text.charCodeAt(at)] ?? 0;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
