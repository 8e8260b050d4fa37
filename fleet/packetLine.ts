import { EXCHANGES } from './catalogue.ts';
import type { Life } from './life.ts';
import { normalQuantile } from './normal.ts';
import { randomOf, unitOf } from './rng.ts';
import type { Server } from './roster.ts';
import type { ServerMinute } from './serverMinute.ts';
import { EVENT_STREAMS } from './stream.ts';

interface Metric {
  readonly name: string;
  readonly dims: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a packet is made of. */
export interface PacketParts {
  readonly seed: number;
  readonly server: Server;
  readonly life: Life;
  readonly seq: number;
  /** Start of the minute by the server's own clock, epoch ms. */
  readonly minuteMs: number;
  readonly made: ServerMinute;
}

/** The packet of one server and minute, its newline included. Its counters agree with the events that the server made, whatever became of their logs. */
export function packetLine({ seed, server, life, seq, minuteMs, made }: PacketParts): string {
  return `${JSON.stringify({
    server: server.name,
    boot: life.boot,
    seq,
    minute: minuteMs,
    build: life.build,
    region: server.region,
    counters: counters(made),
    gauges: gauges(seed, server, minuteMs, made),
  })}\n`;
}

function counters({ tallies, requestsByExchange }: ServerMinute): Metric[] {
  return [
    ...EVENT_STREAMS.map((stream) => ({ name: `${stream}.events`, dims: {}, value: tallies[stream].events })),
    ...EXCHANGES.map((exchange, at) => ({
      name: 'requests.byExchange',
      dims: { exchange },
      value: requestsByExchange[at] ?? 0,
    })),
    { name: 'requests.filled', dims: {}, value: tallies.requests.sums['filled'] ?? 0 },
    { name: 'impressions.revenueMicros', dims: {}, value: tallies.impressions.sums['revenueMicros'] ?? 0 },
  ];
}

function gauges(seed: number, { name }: Server, minuteMs: number, { tallies }: ServerMinute): Metric[] {
  const random = randomOf(seed, 'gauges', name, minuteMs);
  const noise = (size: number): number => 1 + size * normalQuantile(unitOf(random));
  const { events, sums } = tallies.requests;
  return [
    { name: 'cpuRatio', dims: {}, value: rounded(0.15 + 0.00002 * events * noise(0.05)) },
    { name: 'heapBytes', dims: {}, value: Math.round(1.5e9 * noise(0.04)) },
    {
      name: 'latencyMsMean',
      dims: {},
      value: events === 0 ? 0 : rounded((sums['latencyMs'] ?? 0) / events),
    },
  ];
}

const rounded = (value: number): number => Number(value.toFixed(4));
