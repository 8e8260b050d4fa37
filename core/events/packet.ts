import type { EventBatch } from './batch.ts';
import type { Column } from './column.ts';
import { Dictionary } from './dictionary.ts';

/** A counter or gauge of a packet. */
interface Sample {
  readonly kind: 'counter' | 'gauge';
  readonly metric: string;
  readonly value: number;
}

/** Dictionaries of the sample columns; they live as long as the reader, so an id means the same in all its batches. */
export interface SampleReader {
  /**
   * The samples in a batch of packets, one row per counter or gauge: columns `kind` (`counter` or `gauge`), `metric`
   * (`name`, or `name{key=value}` with sorted dimensions), `value`, and the packet's `server`, `build`, `region`. Offsets are those
   * of the packets, so they repeat. An entry without a name or with a value that is no finite number is left out.
   */
  read(packets: EventBatch): EventBatch;
}

/** A reader of samples. */
export function createSampleReader(): SampleReader {
  const kinds = new Dictionary();
  const metrics = new Dictionary();
  return {
    read(packets) {
      const rows: { readonly packet: number; readonly sample: Sample }[] = [];
      for (let packet = 0; packet < packets.length; packet++)
        for (const sample of samplesOf(packets, packet)) rows.push({ packet, sample });
      const categories = (dictionary: Dictionary, textOf: (sample: Sample) => string): Column => ({
        kind: 'category',
        ids: Uint32Array.from(rows, ({ sample }) => dictionary.internText(textOf(sample))),
        dictionary,
      });
      const columns = new Map<string, Column>([
        ['kind', categories(kinds, ({ kind }) => kind)],
        ['metric', categories(metrics, ({ metric }) => metric)],
        ['value', { kind: 'number', values: Float64Array.from(rows, ({ sample }) => sample.value) }],
      ]);
      for (const name of ['server', 'build', 'region']) {
        const column = packets.columns.get(name);
        if (column?.kind === 'category')
          columns.set(name, { ...column, ids: Uint32Array.from(rows, ({ packet }) => column.ids[packet] ?? 0) });
      }
      return {
        ...packets,
        length: rows.length,
        columns,
        offsets: Float64Array.from(rows, ({ packet }) => packets.offsets[packet] ?? 0),
        timesMs: Float64Array.from(rows, ({ packet }) => packets.timesMs[packet] ?? 0),
        shapes: rows.flatMap(({ packet }) => packets.shapes[packet] ?? []),
        restRows: new Uint32Array(rows.length + 1),
      };
    },
  };
}

function* samplesOf(packets: EventBatch, row: number): Generator<Sample> {
  const rest = restOf(packets, row);
  yield* entries(rest['counters'], 'counter');
  yield* entries(rest['gauges'], 'gauge');
}

function* entries(list: unknown, kind: Sample['kind']): Generator<Sample> {
  if (!Array.isArray(list)) return;
  for (const entry of list as unknown[]) {
    if (
      !isObject(entry) ||
      typeof entry['name'] !== 'string' ||
      typeof entry['value'] !== 'number' ||
      !Number.isFinite(entry['value'])
    )
      continue;
    yield { kind, metric: metricOf(entry['name'], entry['dims']), value: entry['value'] };
  }
}

function metricOf(name: string, dims: unknown): string {
  if (!isObject(dims) || Object.keys(dims).length === 0) return name;
  const sorted = Object.entries(dims).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(',')}}`;
}

/** The undeclared members of a row; each was checked to be valid JSON when it was read. */
function restOf({ restRows, restStarts, restEnds, bytes }: EventBatch, row: number): Record<string, unknown> {
  const members: string[] = [];
  const decoder = new TextDecoder();
  for (let at = restRows[row] ?? 0; at < (restRows[row + 1] ?? 0); at++)
    members.push(decoder.decode(bytes.subarray(restStarts[at], restEnds[at])));
  return JSON.parse(`{${members.join(',')}}`) as Record<string, unknown>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
