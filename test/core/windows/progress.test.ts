import { describe, expect, it } from 'vitest';
import { Progress } from '../../../core/windows/progress.ts';

describe('progress', () => {
  it('is the newest time of each server, and never goes back', () => {
    const progress = new Progress();
    progress.advance('bids', 's1', 5);
    progress.advance('bids', 's1', 3);
    progress.advance('bids', 's2', 9);
    progress.advance('wins', 's1', 100);
    expect([progress.newestMs('bids', 's1'), progress.newestMs('bids', 's2'), progress.fleetNewestMs('bids')]).toEqual([
      5, 9, 9,
    ]);
    expect(progress.servers('bids')).toEqual(['s1', 's2']);
  });

  it('of what was never heard of is none', () => {
    const progress = new Progress();
    const never = Number.NEGATIVE_INFINITY;
    expect([progress.newestMs('bids', 's1'), progress.fleetNewestMs('bids'), progress.servers('bids')]).toEqual([
      never,
      never,
      [],
    ]);
    expect([...progress.serversUnderWay('bids')]).toEqual([]);
  });

  it('knows whose events are under way until the last of their batches is stored', () => {
    const progress = new Progress();
    progress.addUnderWay('bids', 's1', 1);
    progress.addUnderWay('bids', 's1', 1);
    progress.addUnderWay('bids', 's2', 1);
    progress.addUnderWay('bids', 's1', -1);
    progress.addUnderWay('bids', 's2', -1);
    expect([...progress.serversUnderWay('bids')]).toEqual(['s1']);
  });
});
