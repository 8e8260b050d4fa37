import { cityHash64, hashHigh, hashLow } from './cityHash64.ts';

/**
 * A text as aggregators are given it: `bytes[start, end)` in UTF-8, and its {@link cityHash64} in two unsigned halves.
 * One object is used for text after text, so who keeps a text copies its bytes.
 */
export interface HashedText {
  bytes: Uint8Array;
  start: number;
  end: number;
  low: number;
  high: number;
}

/** Some bytes as a text of its own. */
export function hashedText(bytes: Uint8Array): HashedText {
  const text = { bytes, start: 0, end: bytes.length, low: 0, high: 0 };
  hashAnew(text);
  return text;
}

/** Sets the hash of a text whose bytes are others now. */
export function hashAnew(text: HashedText): void {
  cityHash64(text.bytes, text.start, text.end);
  text.low = hashLow();
  text.high = hashHigh();
}
