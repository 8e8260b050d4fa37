import { describe, expect, it } from 'vitest';
import type { EventBatch } from '../../../core/events/batch.ts';
import { createDecoder } from '../../../core/events/decoder.ts';
import { createSampleReader } from '../../../core/events/packet.ts';
import { parseConfig } from '../../../core/config/config.ts';
import { streamSchemaOf } from '../../../core/config/streamSchema.ts';
import { decode, fieldOf } from './decoding.ts';

const MINUTE_MS = Date.UTC(2026, 0, 1);

/** Packets decoded and read as the product does. */
function samples(...packets: readonly object[]): EventBatch {
  const parsed = parseConfig({ streams: { packets: { kind: 'packets' } } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const decoder = createDecoder(streamSchemaOf('packets', parsed.config.streams['packets']!, 1 << 20));
  const text = packets
    .map(
      (packet) =>
        `${JSON.stringify({ server: 's1', minute: MINUTE_MS, boot: 1, seq: 1, build: 'b1', region: 'eu', ...packet })}\n`,
    )
    .join('');
  const batch = decode(decoder, new TextEncoder().encode(text), { baseOffset: 0 });
  expect(batch.problems).toEqual([]);
  return createSampleReader().read(batch);
}

const rowsOf = (batch: EventBatch, ...names: string[]): unknown[][] =>
  Array.from({ length: batch.length }, (_, row) => names.map((name) => fieldOf(batch, row, name)));

describe('the samples of packets', () => {
  it('are one row per counter and gauge, with the offset and the server of their packet', () => {
    const first = { counters: [{ name: 'requests', value: 3 }], gauges: [{ name: 'load', value: 0.5 }] };
    const batch = samples(first, { server: 's2', counters: [{ name: 'requests', value: 4 }] });
    expect(rowsOf(batch, 'server', 'kind', 'metric', 'value', 'build', 'region')).toEqual([
      ['s1', 'counter', 'requests', 3, 'b1', 'eu'],
      ['s1', 'gauge', 'load', 0.5, 'b1', 'eu'],
      ['s2', 'counter', 'requests', 4, 'b1', 'eu'],
    ]);
    const [one, two, three] = batch.offsets;
    expect([one, one === two, (three ?? 0) > 0]).toEqual([0, true, true]);
    expect([...batch.timesMs]).toEqual([MINUTE_MS, MINUTE_MS, MINUTE_MS]);
    expect([batch.shapes.length, batch.restRows.length]).toEqual([3, 4]);
  });

  it('have their dimensions in the name, sorted', () => {
    const dims = { exchange: 'x7', device: 'ctv' };
    expect(
      rowsOf(
        samples({
          counters: [
            { name: 'fills', dims, value: 1 },
            { name: 'fills', dims: {}, value: 2 },
          ],
        }),
        'metric',
      ),
    ).toEqual([['fills{device=ctv,exchange=x7}'], ['fills']]);
  });

  it.each<[string, object]>([
    ['a list that is none', { counters: { name: 'x', value: 1 } }],
    ['no list at all', {}],
    ['entries that are no objects', { counters: [1, null, 'x', [1]] }],
    ['entries without a name', { counters: [{ value: 1 }, { name: 7, value: 1 }] }],
    ['entries without a number', { gauges: [{ name: 'x' }, { name: 'x', value: '1' }, { name: 'x', value: null }] }],
  ])('leave out %s', (_, packet) => {
    expect(samples(packet).length).toBe(0);
  });

  it.each<[string, unknown, string]>([
    ['an object', { toString: 1 }, 'x{a={"toString":1}}'],
    ['an array', [{ toString: 1 }], 'x{a=[{"toString":1}]}'],
    ['null', null, 'x{a=null}'],
    ['a number', 3, 'x{a=3}'],
    ['a boolean', true, 'x{a=true}'],
  ])('bear %s as the value of a dimension', (_, value, metric) => {
    expect(rowsOf(samples({ counters: [{ name: 'x', dims: { a: value }, value: 1 }] }), 'metric')).toEqual([[metric]]);
  });
});
