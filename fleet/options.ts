import { z } from 'zod';
import { fault } from './fault.ts';
import { MINUTE_MS, STREAMS } from './stream.ts';

const wholeMinute = z.int().min(0).multipleOf(MINUTE_MS, 'the fleet works by whole minutes, in epoch milliseconds');

/** How a fleet is simulated. Same options, same bytes. Every default stands here, with its unit in the name. */
export const fleetOptions = z
  .strictObject({
    seed: z.int().min(0).default(1),
    /** How many ad servers. */
    servers: z.int().min(1).max(100_000).default(12),
    /** Servers are spread over these in turn; the part before `-` sets the local time: us, eu, ap. */
    regions: z.array(z.string().min(1)).min(1).default(['eu-west', 'us-east', 'ap-south']),
    /** Servers are spread over these in turn, region by region. */
    builds: z.array(z.string().min(1)).min(1).default(['2026.1.0']),
    /** Half-open `[startMs, endMs)`, epoch milliseconds. Default: the first day of 2026, UTC. */
    startMs: wholeMinute.default(Date.UTC(2026, 0, 1)),
    endMs: wholeMinute.default(Date.UTC(2026, 0, 2)),
    /** Requests of the whole fleet in a second, at the mean of the day. */
    requestsPerSecond: z.number().positive().max(10_000_000).default(20),
    /** Length of a log chunk. */
    chunkMs: z.int().min(MINUTE_MS).max(86_400_000).multipleOf(MINUTE_MS).default(900_000),
    compress: z.enum(['none', 'gzip', 'zstd']).default('none'),
    streams: z
      .array(z.enum(STREAMS))
      .min(1)
      .default([...STREAMS]),
    faults: z.array(fault).default([]),
  })
  .refine(({ startMs, endMs }) => startMs < endMs, { path: ['endMs'], message: 'must be after startMs' });

/** Parsed options. */
export type FleetOptions = z.infer<typeof fleetOptions>;
/** Options as given: everything may be left out. */
export type FleetOptionsInput = z.input<typeof fleetOptions>;
