import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReady, type ReadinessTerms, type ServerStanding } from '../../../core/windows/readiness.ts';

const MINUTE = 60_000;
/** The last minute of a year. */
const window = { startMs: Date.UTC(2026, 11, 31, 23, 59), endMs: Date.UTC(2027, 0, 1) };
/** Servers that rest, are back, stand still for days, were never heard of. */
const time = fc.oneof(
  fc.constant(Number.NEGATIVE_INFINITY),
  fc.integer({ min: window.startMs - 10 * MINUTE, max: window.endMs + 10 * MINUTE }),
  fc.integer({ min: window.startMs - 3 * 86_400_000, max: window.startMs }),
);
const standing: fc.Arbitrary<ServerStanding> = fc.record({
  newestMs: time,
  packetMs: time,
  behind: fc.boolean(),
  packetsBehind: fc.boolean(),
});
const fleet = fc.array(standing, { maxLength: 6 });
const terms: fc.Arbitrary<ReadinessTerms> = fc.record({
  waitMs: fc.integer({ min: 0, max: 5 * MINUTE }),
  disorderMs: fc.integer({ min: 0, max: MINUTE }),
  nowMs: fc.integer({ min: window.startMs, max: window.endMs + 15 * MINUTE }),
  fleetNewestMs: time,
  heardMs: fc.integer({ min: window.startMs, max: window.endMs + 15 * MINUTE }),
});
const stored = (servers: readonly ServerStanding[]): ServerStanding[] =>
  servers.map((server) => ({ ...server, behind: false, packetsBehind: false }));

describe('whether a window is ready', () => {
  it('is never said before its end, whoever is there', () => {
    fc.assert(
      fc.property(fleet, terms, fc.integer({ min: 1, max: MINUTE }), (servers, given, earlyMs) => {
        expect(isReady(window, servers, { ...given, nowMs: window.endMs - earlyMs })).toBe(false);
        expect(isReady(window, servers, { ...given, heardMs: window.endMs - earlyMs })).toBe(false);
      }),
    );
  });

  it('waits for nobody longer than the stream says once all is stored, whether servers rest, are back, are dead, or there is none', () => {
    fc.assert(
      fc.property(fleet, terms, fc.nat(10 * MINUTE), (servers, given, laterMs) => {
        const nowMs = window.endMs + given.waitMs + laterMs;
        expect(isReady(window, stored(servers), { ...given, nowMs, heardMs: nowMs })).toBe(true);
      }),
    );
  });

  it('does not pass over one whose events or packets are still to be stored, unless it is past the window', () => {
    fc.assert(
      fc.property(fleet, standing, terms, (others, one, given) => {
        const late = { ...one, newestMs: Math.min(one.newestMs, window.endMs - 1), behind: true };
        const silent = { ...late, packetMs: Math.min(one.packetMs, window.endMs - 1) };
        const nowMs = window.endMs + 15 * MINUTE;
        expect(isReady(window, [...others, silent], { ...given, nowMs, heardMs: nowMs })).toBe(false);
      }),
    );
  });

  it('stays said while servers go on and time passes', () => {
    const later = fc.record({ newestMs: fc.nat(MINUTE), packetMs: fc.nat(MINUTE), nowMs: fc.nat(MINUTE) });
    fc.assert(
      fc.property(fleet, terms, later, (servers, given, add) => {
        // One that was given up and is back with what it had kept is waited for again: once.
        const near = stored(servers).map((server) => ({
          ...server,
          newestMs: Math.max(server.newestMs, window.startMs - given.waitMs),
        }));
        fc.pre(isReady(window, near, given));
        const goneOn = near.map((server) => ({
          ...server,
          newestMs: server.newestMs + add.newestMs,
          packetMs: server.packetMs + add.packetMs,
        }));
        const [nowMs, heardMs] = [given.nowMs + add.nowMs, given.heardMs + add.nowMs];
        expect(isReady(window, goneOn, { ...given, nowMs, heardMs })).toBe(true);
      }),
    );
  });
});
