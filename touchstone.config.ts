/**
 * The configuration of the demo, and an example of all that a stream may have. `touchstone config schema` tells every setting, `config print` every default.
 * With a fleet of your own: name its folders under `source.dirs`, declare its streams, and start without `--demo`.
 */
const common = {
  ts: 'time',
  server: 'category',
  boot: 'integer',
  seq: 'integer',
  region: 'category',
  build: 'category',
  requestId: 'text',
  exchange: 'category',
  country: 'category',
  device: 'category',
  os: 'category',
  browser: 'category',
  publisher: 'category',
  site: 'category',
  placement: 'category',
  format: 'category',
  campaign: 'category',
  creative: 'category',
  advertiserDomain: 'category',
  currency: 'category',
  latencyMs: 'integer',
  consent: 'boolean',
  ip: 'text',
  userHash: 'text',
  url: 'text',
} as const;

export const config = {
  source: { kind: 'files', dirs: ['./data/fleet'] },
  limits: { horizonDays: 36_500 },
  streams: {
    requests: {
      sequence: 'seq',
      fields: { ...common, floorMicros: 'integer', priceMicros: 'integer', bids: 'integer', filled: 'integer' },
      cuts: [[], ['exchange'], ['device'], ['country'], ['exchange', 'device']],
      aggregates: {
        filled: { sum: 'filled' },
        priceMicros: { sum: 'priceMicros' },
        floorMicros: { sum: 'floorMicros' },
        latencyMs: { quantiles: 'latencyMs' },
      },
      metrics: {
        events: { value: 'events' },
        fillRatio: { ratio: ['filled', 'events'] },
        priceMicrosMean: { ratio: ['priceMicros', 'filled'] },
        floorMicrosMean: { ratio: ['floorMicros', 'events'] },
        latencyMsP50: { quantile: ['latencyMs', 0.5] },
        latencyMsP95: { quantile: ['latencyMs', 0.95] },
      },
    },
    impressions: {
      sequence: 'seq',
      fields: { ...common, priceMicros: 'integer', revenueMicros: 'integer' },
      cuts: [[], ['exchange'], ['device']],
      aggregates: {
        revenueMicros: { sum: 'revenueMicros' },
        users: { distinct: 'userHash' },
        campaigns: { topK: 'campaign', k: 10 },
      },
      metrics: { events: { value: 'events' }, revenueMicrosMean: { ratio: ['revenueMicros', 'events'] } },
    },
    clicks: {
      sequence: 'seq',
      fields: { ...common, impressionId: 'text' },
      cuts: [[]],
      // Clicks follow one another out of order by their delay.
      disorderMs: 20_000,
    },
    packets: { kind: 'packets' },
    // Real prices of two ad exchanges, hourly (samples/README.md); the demo turns them into packets.
    prices: { kind: 'packets', windowMs: 3_600_000 },
  },
  plugins: { completeness: {}, 'schema-watch': {}, outlier: {} },
};
