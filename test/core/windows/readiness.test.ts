import { describe, expect, it } from 'vitest';
import { isReady, type ServerStanding } from '../../../core/windows/readiness.ts';

const MINUTE = 60_000;
const window = { startMs: 10 * MINUTE, endMs: 11 * MINUTE };
const never = Number.NEGATIVE_INFINITY;
const past: ServerStanding = { newestMs: 12 * MINUTE, packetMs: never, behind: false, packetsBehind: false };
const silent: ServerStanding = { newestMs: 10 * MINUTE - 1, packetMs: never, behind: false, packetsBehind: false };
const terms = {
  waitMs: 2 * MINUTE,
  disorderMs: 2_000,
  nowMs: 11 * MINUTE + 3_000,
  fleetNewestMs: 12 * MINUTE,
  heardMs: Infinity,
};

describe('a window is ready', () => {
  it.each<[string, readonly ServerStanding[], Partial<typeof terms>, boolean]>([
    ['when every server is past it', [past, past], {}, true],
    ['not before its end', [past], { nowMs: 11 * MINUTE - 1 }, false],
    ['not while a server is silent and the wait is not over', [past, silent], {}, false],
    ['when the wait for a silent server is over', [past, silent], { nowMs: 13 * MINUTE }, true],
    [
      'never while a server has events that are not stored yet',
      [past, { ...silent, behind: true }],
      { nowMs: 1_000 * MINUTE },
      false,
    ],
    ['at once when the silent server was waited for before', [past, { ...silent, newestMs: 2 * MINUTE }], {}, true],
    ['when an idle server has sent the packet after it', [past, { ...silent, packetMs: 11 * MINUTE }], {}, true],
    [
      'not by a packet while events are still to be stored',
      [past, { ...silent, packetMs: 11 * MINUTE, behind: true }],
      {},
      false,
    ],
    ['not while the packet that tells of it is still to be stored', [{ ...past, packetsBehind: true }], {}, false],
    [
      'when only later packets are still to be stored',
      [{ ...past, packetMs: 11 * MINUTE, packetsBehind: true }],
      {},
      true,
    ],
    ['not within the disorder that is allowed', [{ ...past, newestMs: 11 * MINUTE + 1_999 }], {}, false],
    [
      'not when it lies in an old gap that nothing came after',
      [silent],
      { nowMs: 5_000 * MINUTE, fleetNewestMs: 10 * MINUTE },
      false,
    ],
    ['with nobody expected', [], {}, true],
    ['not while something is not stored that was there at its end', [past], { heardMs: 11 * MINUTE - 1 }, false],
    ['when all that was there at its end is stored', [past], { heardMs: 11 * MINUTE }, true],
    [
      'not before what was there when the wait was over is stored',
      [past, silent],
      { nowMs: 20 * MINUTE, heardMs: 13 * MINUTE - 1 },
      false,
    ],
    ['when it is', [past, silent], { nowMs: 20 * MINUTE, heardMs: 13 * MINUTE }, true],
  ])('%s', (_, roster, changed, ready) => {
    expect(isReady(window, roster, { ...terms, ...changed })).toBe(ready);
  });
});
