import type { EventBatch } from '../../../core/events/batch.ts';
import { createDecoder } from '../../../core/events/decoder.ts';
import type { StreamSchema } from '../../../core/events/stream.ts';
import { windows } from '../../../core/testkit/windows.ts';
import type { ClosedWindow } from '../../../core/plugin.ts';
import { schemaAggregator, type SchemaReading } from '../../../plugins/schema-watch/schema.ts';

const SCHEMA: StreamSchema = {
  name: 'requests',
  kind: 'events',
  timeField: 'ts',
  serverField: 'server',
  sequenceField: undefined,
  lineBytesMax: 1 << 20,
  fields: [
    { name: 'ts', type: 'time' },
    { name: 'server', type: 'category' },
    { name: 'device', type: 'category' },
    { name: 'priceMicros', type: 'integer' },
    { name: 'url', type: 'text' },
  ],
};

/** Decodes events as the product does. */
export function decoded(events: readonly Readonly<Record<string, unknown>>[], startMs = 0): EventBatch {
  const text = events.map((event) => `${JSON.stringify({ ts: startMs, server: 's1', ...event })}\n`).join('');
  const bytes = new TextEncoder().encode(text);
  return createDecoder(SCHEMA).decode({
    partition: 'p',
    bytes,
    start: 0,
    end: bytes.length,
    baseOffset: 0,
    earliestMs: 0,
    latestMs: Number.MAX_SAFE_INTEGER,
  });
}

/** The schema that the product observes in events; undefined when there are none. */
export function observed(events: readonly Readonly<Record<string, unknown>>[]): SchemaReading | undefined {
  if (events.length === 0) return undefined;
  const batch = decoded(events);
  const state = schemaAggregator.empty();
  for (let row = 0; row < batch.length; row++) schemaAggregator.add(state, { batch, row });
  return schemaAggregator.read(state);
}

/** `of` makes event number `at` of a window; `windows` of so many such events, one after another. */
export interface Stretch {
  readonly windows: number;
  readonly events: number;
  readonly of: (at: number) => Readonly<Record<string, unknown>>;
}

/** Windows by build, each a list of stretches; a stretch of 0 events is silence. */
export function builds(stretches: Readonly<Record<string, readonly Stretch[]>>): ClosedWindow[] {
  const readings = Object.entries(stretches).map(([build, list]) => [
    build === '' ? '' : `build=${build}`,
    {
      'schema-watch.schema': list.flatMap(({ windows: length, events, of }) => {
        const reading = observed(Array.from({ length: events }, (_, at) => of(at)));
        return Array.from({ length }, () => reading);
      }),
    },
  ]);
  return windows({ readings: Object.fromEntries(readings) as Record<string, Record<string, unknown[]>> });
}
