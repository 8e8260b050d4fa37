import type { Config } from '../../config/config.ts';
import { streamSchemaOf } from '../../config/streamSchema.ts';
import type { StreamConfig } from '../../config/streamConfig.ts';
import type { EventBatch } from '../../events/batch.ts';
import { createDecoder, type Decoder } from '../../events/decoder.ts';
import { createSampleReader } from '../../events/packet.ts';
import type { StreamSchema } from '../../events/stream.ts';
import type { Records, Slice } from '../../sources/source.ts';
import { planOf, type PluginAggregates } from '../../windows/planOf.ts';
import { type StreamWindows, streamWindowsOf } from '../../windows/streamWindows.ts';
import type { PartitionIngest } from './partitionIngest.ts';

const DAY_MS = 86_400_000;

/** All that ingestion knows of one declared stream, shared by its partitions. */
export class StreamIngest {
  readonly schema: StreamSchema;
  readonly config: StreamConfig;
  readonly windows: StreamWindows;
  readonly partitions = new Map<string, PartitionIngest>();
  /** Size of the last insert's body: how much memory the next one is given at once. */
  bodyBytes = 1 << 16;
  readonly #decoder: Decoder;
  readonly #limits: Config['limits'];
  readonly #samples = createSampleReader();

  constructor(name: string, config: Config, plugins: readonly PluginAggregates[]) {
    const stream = config.streams[name];
    if (stream === undefined) throw new RangeError(`declare the stream ${name} in the config`);
    this.config = stream;
    this.schema = streamSchemaOf(name, stream, config.limits.lineBytesMax);
    this.windows = streamWindowsOf(
      planOf(name, stream, plugins),
      config.limits,
      config.source.kind === 'kafka' ? 'records' : 'bytes',
    );
    this.#limits = config.limits;
    this.#decoder = createDecoder(this.schema);
  }

  /** Decodes a slice. The batch is valid until the next call. */
  decode(
    slice: Pick<Slice, 'bytes' | 'offset' | 'partition'> & {
      readonly topic?: string;
      readonly records?: Pick<Records, 'offsets'> & Partial<Records>;
    },
    nowMs: number,
  ): EventBatch {
    return this.#decoder.decode({
      bytes: slice.bytes,
      start: 0,
      end: slice.bytes.length,
      baseOffset: slice.offset,
      topic: slice.topic,
      partition: slice.partition,
      offsets: slice.records?.offsets,
      ends: slice.records?.ends,
      earliestMs: nowMs - this.#limits.horizonDays * DAY_MS,
      latestMs: nowMs + this.#limits.futureSkewMs,
    });
  }

  /** What of a decoded batch the windows count: its events, or the samples in its packets. */
  counted(batch: EventBatch): EventBatch {
    return this.schema.kind === 'packets' ? this.#samples.read(batch) : batch;
  }
}
