import type { StreamSchema } from '../events/stream.ts';
import type { StreamConfig } from './streamConfig.ts';

/** What the decoder needs to know of a declared stream. */
export function streamSchemaOf(name: string, config: StreamConfig, lineBytesMax: number): StreamSchema {
  if (config.kind === 'packets')
    return {
      name,
      kind: 'packets',
      timeField: 'minute',
      serverField: 'server',
      sequenceField: 'seq',
      fields: PACKET_FIELDS,
      lineBytesMax,
    };
  return {
    name,
    kind: 'events',
    timeField: config.time,
    serverField: config.server,
    sequenceField: config.sequence,
    fields: Object.entries(config.fields).map(([field, type]) => ({ name: field, type })),
    lineBytesMax,
  };
}

/** The members of a packet that become columns; counters and gauges stay in `rest`. */
const PACKET_FIELDS: StreamSchema['fields'] = [
  { name: 'minute', type: 'time' },
  { name: 'server', type: 'category' },
  { name: 'boot', type: 'integer' },
  { name: 'seq', type: 'integer' },
  { name: 'build', type: 'category' },
  { name: 'region', type: 'category' },
];
