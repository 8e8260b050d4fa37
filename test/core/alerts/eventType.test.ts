import { describe, expect, it } from 'vitest';
import { DEFAULT_EVENTS, type EventType, type Subscription, wants } from '../../../core/alerts/eventType.ts';

const asking = (events: readonly EventType[], more: Partial<Subscription> = {}): Subscription => ({
  ...{ enabled: true, events, streams: [], sinceMs: 0 },
  ...more,
});
const RETRACTED = { type: 'alert.retracted', stream: 'bids' } as const;
/** The same, for those who know of resolutions only. */
const AS_RESOLVED = { type: 'alert.resolved', unless: 'alert.retracted', stream: 'bids' } as const;

describe('a receiver is told', () => {
  it('what it asks for, of the streams that it names', () => {
    const ready = { type: 'window.ready', stream: 'bids' } as const;
    expect(wants(asking(['window.ready']), ready)).toBe(true);
    expect(wants(asking(['window.ready'], { streams: ['bids'] }), ready)).toBe(true);
    expect(wants(asking(['window.ready'], { streams: ['packets'] }), ready)).toBe(false);
    expect(wants(asking(['window.ready'], { enabled: false }), ready)).toBe(false);
    expect(wants(asking(DEFAULT_EVENTS), ready)).toBe(false);
  });

  it.each<[string, readonly EventType[], boolean, boolean]>([
    ['as resolved by default', DEFAULT_EVENTS, false, true],
    ['as taken back when it asks for that', ['alert.retracted'], true, false],
    ['once when it asks for both', ['alert.resolved', 'alert.retracted'], true, false],
    ['not when it asks for firing alone', ['alert.firing'], false, false],
  ])('that an alert was taken back: %s', (_, events, retracted, resolved) => {
    expect([wants(asking(events), RETRACTED), wants(asking(events), AS_RESOLVED)]).toEqual([retracted, resolved]);
  });
});
