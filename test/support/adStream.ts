import { parseConfig, type Config } from '../../core/config/config.ts';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';

/** A config with one small stream `bids`, cut by exchange; overrides are laid over the stream. */
export function bidsConfig(overrides: Record<string, unknown> = {}): Config {
  const parsed = parseConfig({
    streams: {
      bids: {
        sequence: 'seq',
        fields: {
          ts: 'time',
          server: 'category',
          boot: 'integer',
          seq: 'integer',
          exchange: 'category',
          priceMicros: 'integer',
          latencyMs: 'number',
          url: 'text',
        },
        cuts: [[], ['exchange'], ['exchange', 'server']],
        aggregates: { revenueMicros: { sum: 'priceMicros' }, latencyMs: { quantiles: 'latencyMs' } },
        ...overrides,
      },
    },
    plugins: {},
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** The ingesting side of `bids`. */
export const bidsIngest = (overrides: Record<string, unknown> = {}): StreamIngest =>
  new StreamIngest('bids', bidsConfig(overrides), []);

/** One event of `bids` as a line, with its newline. */
export const bidLine = (event: Record<string, unknown>): string =>
  `${JSON.stringify({ server: 's1', boot: 1, exchange: 'x1', priceMicros: 1_000, latencyMs: 20, url: 'https://a.example/', ...event })}\n`;

/** UTF-8. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
