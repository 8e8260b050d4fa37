import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../../core/windows/progress.ts';
import { ServerWatermarks } from '../../../core/windows/serverWatermarks.ts';
import { bidLine, bidsIngest, bytesOf } from '../../support/adStream.ts';

/** In the night in which clocks go back in Europe. */
const START_MS = Date.UTC(2026, 9, 25);
const ingest = bidsIngest();

const events = fc.array(
  fc.record({
    server: fc.constantFrom('s1', 's2', 's3'),
    // Sources rest for hours and come back with what is new, or with what they had kept.
    ts: fc.integer({ min: START_MS, max: START_MS + 4 * 3_600_000 }),
    isBatchEnd: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);
type Events = typeof events extends fc.Arbitrary<infer All> ? All : never;

function batchesOf(all: Events): Events[] {
  const batches: Events[] = [[]];
  for (const event of all) {
    batches.at(-1)!.push(event);
    if (event.isBatchEnd) batches.push([]);
  }
  return batches;
}

const newestOf = (all: Events): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(all, ({ server }) => server)].map(([server, own]) => [
      server,
      Math.max(...own.map(({ ts }) => ts)),
    ]),
  );

function expectNoneBack(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): void {
  for (const [server, ms] of Object.entries(before)) expect(after[server]).toBeGreaterThanOrEqual(ms);
}

describe('watermarks', () => {
  it('of servers in a partition never go back, and end at the newest in whatever order and batches events come, also past a restart', () => {
    fc.assert(
      fc.property(events, fc.nat(), (all, stop) => {
        let watermarks = new ServerWatermarks();
        const batches = batchesOf(all);
        for (const [at, batch] of batches.entries()) {
          const before = watermarks.byServer();
          if (at === stop % batches.length) watermarks = new ServerWatermarks(before);
          const lines = batch.map(({ server, ts }) => bidLine({ server, ts })).join('');
          watermarks.advance(
            ingest.decode({ partition: 'bids-0', bytes: bytesOf(lines), offset: 0 }, START_MS + 86_400_000),
            'server',
          );
          expectNoneBack(before, watermarks.byServer());
        }
        expect(watermarks.byServer()).toEqual(newestOf(all));
      }),
      { numRuns: 60 },
    );
  });

  it('of the stream never go back, and are the newest of their servers', () => {
    fc.assert(
      fc.property(events, (all) => {
        const progress = new Progress();
        const known = (): Record<string, number> =>
          Object.fromEntries(progress.servers('bids').map((server) => [server, progress.newestMs('bids', server)]));
        for (const { server, ts } of all) {
          const [before, fleet] = [known(), progress.fleetNewestMs('bids')];
          progress.advance('bids', server, ts);
          expectNoneBack(before, known());
          expect(progress.fleetNewestMs('bids')).toBe(Math.max(fleet, ts));
        }
        expect(known()).toEqual(newestOf(all));
      }),
    );
  });
});
