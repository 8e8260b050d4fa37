import { describe, expect, it } from 'vitest';
import { fatesOf } from '../../../../plugins/completeness/estimate/silence/commonFate.ts';
import { Silences } from '../../../../plugins/completeness/estimate/silence/silences.ts';

const place = { server: 'a', region: 'r' };
/** A server that is heard every minute until one, half a minute after each. */
function heardUntil(silences: Silences, from: number, until: number): void {
  for (let minute = from; minute < until; minute++) silences.arrived(place, minute, minute + 1.5);
}

describe('a silent server', () => {
  it('is not overdue while it is as late as ever', () => {
    const silences = new Silences(1_440);
    heardUntil(silences, 0, 100);
    silences.advance(101.5);
    expect(silences.of('a')).toBeUndefined();
    silences.advance(110);
    expect(silences.of('a')).toBeDefined();
  });

  it('is believed to come back with its data when it always did', () => {
    const silences = new Silences(1_440);
    for (let round = 0; round < 30; round++) {
      const from = round * 100;
      heardUntil(silences, from, from + 80);
      for (let minute = from + 80; minute < from + 100; minute++) silences.arrived(place, minute, from + 101);
    }
    silences.advance(3_012);
    expect(silences.of('a')?.lateProbability).toBeGreaterThan(0.9);
  });

  it('is believed to be dead when it always came back without', () => {
    const silences = new Silences(1_440);
    for (let round = 0; round < 30; round++) heardUntil(silences, round * 100, round * 100 + 80);
    silences.advance(3_000);
    expect(silences.of('a')?.lateProbability).toBeLessThan(0.1);
  });

  it('is given up when it is silent for longer than lateness allows', () => {
    const silences = new Silences(60);
    heardUntil(silences, 0, 100);
    for (let now = 100; now < 300; now++) silences.advance(now);
    expect(silences.of('a')?.lateProbability).toBeLessThan(0.5);
  });

  it('is forgotten with the roster', () => {
    const silences = new Silences(60);
    heardUntil(silences, 0, 100);
    silences.keepOnly(new Set());
    silences.advance(200);
    expect(silences.of('a')).toBeUndefined();
    expect(silences.isHeard('a')).toBe(false);
  });
});

describe('servers that fell silent in the same minutes', () => {
  const silent = (server: string, newestMinute: number, region = 'r') => ({
    server,
    region,
    newestMinute,
    minutes: 100 - newestMinute,
  });

  it('share one fate, others have their own', () => {
    const fates = fatesOf([silent('d', 50), silent('a', 90), silent('c', 91), silent('b', 90)], 10);
    expect(fates.map(({ members }) => members.map(({ server }) => server))).toEqual([['d'], ['a', 'b', 'c']]);
  });

  it('are together by chance when they are few', () => {
    expect(fatesOf([silent('a', 90), silent('b', 90)], 10)).toHaveLength(2);
    expect(fatesOf([silent('a', 90), silent('b', 90), silent('c', 90)], 1_000)).toHaveLength(3);
  });

  it('have the region that all of them have', () => {
    const [one] = fatesOf([silent('a', 90), silent('b', 90), silent('c', 90)], 10);
    const [several] = fatesOf([silent('a', 90), silent('b', 90, 'q'), silent('c', 90)], 10);
    expect([one?.region, several?.region]).toEqual(['r', '']);
  });
});

describe('servers that are not overdue', () => {
  const SERVERS = 40;
  const name = (at: number): string => `s${String(at).padStart(2, '0')}`;
  /** Cells arrive 0.1 to 0.8 minutes after their ends, packets at the ends; twice a day the first 12 servers die for an hour. */
  function lived(packets: boolean, until: number, dead: (server: number, minute: number) => boolean): Silences {
    const silences = new Silences(1_440);
    for (let now = 1; now <= until; now++) {
      const arriving = [now - 1, now - 2].flatMap((minute) =>
        Array.from({ length: SERVERS }, (_, at) => {
          const arrived = minute + 1 + 0.1 + 0.07 * ((at * 7 + minute * 13) % 10);
          return { at, minute, arrived };
        }),
      );
      for (const { at, minute, arrived } of arriving.sort((a, b) => a.arrived - b.arrived))
        if (minute >= 0 && arrived > now - 1 && arrived <= now && !dead(at, minute))
          silences.arrived({ server: name(at), region: at < 20 ? 'r' : 'q' }, minute, arrived);
      if (packets) for (let at = 0; at < SERVERS; at++) if (!dead(at, now - 1)) silences.beat(name(at), now);
      silences.advance(now);
    }
    return silences;
  }
  const UNTIL = 4_322;
  const often = (server: number, minute: number): boolean => server < 12 && minute > 300 && minute % 720 < 60;
  const newOnes = (silences: Silences): readonly string[] =>
    Array.from({ length: SERVERS }, (_, at) => name(at)).filter(
      (server) => (silences.of(server)?.lateProbability ?? 1) < 0.5,
    );

  it('are taken to have died together when their packets stay away all at once', () => {
    expect(newOnes(lived(true, 4_320, often))).toEqual([]);
    // The cells of minute 4,320 have just ended, so none of any server is here; the packets of all others are.
    expect(newOnes(lived(true, 4_321, often))).toEqual(Array.from({ length: 12 }, (_, at) => name(at)));
  });

  it('are sure to come when their packets are here', () => {
    const silences = lived(true, 4_400, (server, minute) => often(server, minute) && minute < 4_320);
    for (let at = 0; at < SERVERS; at++) expect(silences.of(name(at))?.lateProbability ?? 1).toBeGreaterThan(0.9);
  });

  it('without packets are doubted once the data of most others is here', () => {
    expect(newOnes(lived(false, 4_321, often))).toEqual([]);
    expect(newOnes(lived(false, UNTIL, often)).length).toBeGreaterThan(9);
  });

  it('are judged as before from what an earlier version kept', () => {
    const { beats, onsets, advancedMinute, silent, ...rest } = lived(true, 4_330, often).snapshot();
    expect([beats?.length, onsets?.length, advancedMinute]).toEqual([1, 4, 4_330]);
    const earlier = new Silences(1_440);
    earlier.restore({ ...rest, silent: silent.map(([server, fate, late]) => [server, fate, late]) });
    expect(earlier.of(name(0))).toMatchObject({ share: 1, silentProbability: 1 });
    earlier.advance(4_330);
    expect(earlier.of(name(0))?.lateProbability).toBeLessThan(0.5);
    expect(earlier.of(name(30))?.lateProbability ?? 1).toBeGreaterThan(0.9);
  });
});
