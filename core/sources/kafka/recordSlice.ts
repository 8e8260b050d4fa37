import type { KafkaMessage } from 'kafkajs';
import type { Records } from '../source.ts';

/** Records laid end to end. A record without a value (a tombstone) is an empty one: no event, and no problem. */
export function laidOut(messages: readonly KafkaMessage[]): { readonly bytes: Uint8Array; readonly records: Records } {
  let length = 0;
  for (const { value } of messages) length += value?.length ?? 0;
  const bytes = new Uint8Array(length);
  const offsets = new Float64Array(messages.length);
  const ends = new Uint32Array(messages.length);
  let at = 0;
  for (const [row, { value, offset }] of messages.entries()) {
    if (value !== null) {
      bytes.set(value, at);
      at += value.length;
    }
    offsets[row] = Number(offset);
    ends[row] = at;
  }
  return { bytes, records: { offsets, ends, senderOf: (offset) => senderOf(messages, offsets.indexOf(offset)) } };
}

const senderOf = (messages: readonly KafkaMessage[], row: number): string | undefined =>
  messages[row]?.key?.toString('utf8');
