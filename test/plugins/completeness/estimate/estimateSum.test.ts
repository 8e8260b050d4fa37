import { describe, expect, it } from 'vitest';
import { estimateSum } from '../../../../plugins/completeness/estimate/metrics/estimateSum.ts';
import { groundedEstimate } from '../../../../plugins/completeness/estimate/estimateWindow.ts';
import { History } from '../../../../plugins/completeness/estimate/history.ts';
import type { KnownServer, KnownWindow } from '../../../../plugins/completeness/estimate/knownWindow.ts';
import { RatioHistory } from '../../../../plugins/completeness/estimate/metrics/ratioHistory.ts';

const SERVERS = ['a', 'b', 'c', 'dear'];
const worthOf = (server: string): number => (server === 'dear' ? 100 : 1);

/** Everybody has a hundred events; those who are missing none. */
const windowAt = (startMinute: number, missing: readonly string[] = [], announced = false): KnownWindow => ({
  ...{ startMinute, minutes: 1, nowMinute: startMinute + 1 },
  servers: SERVERS.map((server): KnownServer => {
    const isThere = !missing.includes(server);
    const known = { server, region: 'r', counts: [isThere ? 100 : 0], whole: [isThere] };
    return announced ? { ...known, announced: [100] } : known;
  }),
});
const partsOf = ({ servers }: KnownWindow, level = 1) =>
  servers.map(({ server, counts }) => ({
    ...{ server, denominator: counts[0] ?? 0, numerator: level * worthOf(server) * (counts[0] ?? 0) },
  }));

/** What is known after so many minutes in which all came in time. */
function learned(minutes: number, announced = false) {
  const [history, sums] = [new History(1_440), new RatioHistory()];
  for (let minute = 0; minute < minutes; minute++) {
    for (const server of SERVERS) history.silences.arrived({ server, region: 'r' }, minute, minute + 1);
    history.silences.advance(minute + 1);
    const known = windowAt(minute, [], announced);
    history.settled(known);
    sums.learn(partsOf(known, minute % 2 === 0 ? 0.98 : 1.02));
  }
  return { history, sums };
}

function sumOf(known: KnownWindow, { history, sums }: ReturnType<typeof learned>, level = 1) {
  const said = estimateSum(partsOf(known, level), groundedEstimate(known, history, [0.95]), sums);
  return { value: said.value ?? NaN, low: said.intervals[0]?.low ?? NaN, high: said.intervals[0]?.high ?? NaN };
}

describe('the final sum of an open window', () => {
  const known = learned(200);

  it('is exact when everything is there', () => {
    expect(sumOf(windowAt(200), known)).toEqual({ value: 10_300, low: 10_300, high: 10_300 });
  });

  it('counts a missing server by what its events are worth, and as the others run', () => {
    const cheap = sumOf(windowAt(200, ['a']), known);
    const dear = sumOf(windowAt(200, ['dear']), known);
    expect(cheap.value / 10_300).toBeCloseTo(1, 2);
    expect(dear.value / 10_300).toBeCloseTo(1, 1);
    expect(dear.high - dear.low).toBeGreaterThan(20 * (cheap.high - cheap.low));
    expect(sumOf(windowAt(200, ['dear']), known, 2).value / 20_600).toBeCloseTo(1, 1);
    for (const { low, high } of [cheap, dear]) expect(low <= 10_300 && 10_300 <= high).toBe(true);
  });

  it('is better known where packets tell how many events there are', () => {
    const width = ({ low, high }: ReturnType<typeof sumOf>): number => high - low;
    const guessed = sumOf(windowAt(200, ['dear']), known);
    const announced = sumOf(windowAt(200, ['dear'], true), learned(200, true));
    expect(announced.value / 10_300).toBeCloseTo(1, 1);
    expect(width(announced)).toBeLessThan(width(guessed));
  });

  it('is at least what is there and says so when nothing is known', () => {
    const said = sumOf(windowAt(0, SERVERS), { history: new History(1_440), sums: new RatioHistory() });
    expect(said).toEqual({ value: NaN, low: 0, high: Infinity });
    const first = sumOf(windowAt(0, ['a']), { history: new History(1_440), sums: new RatioHistory() });
    // It may be like the dear one.
    expect(first.low).toBeGreaterThanOrEqual(10_200);
    expect(first.high).toBeGreaterThan(20_000);
  });

  it('may come below what is there where values are below 0', () => {
    const window = windowAt(200, ['dear']);
    const { history, sums } = known;
    const parts = partsOf(window).map((part) => ({ ...part, numerator: -part.numerator }));
    const negative = new RatioHistory();
    negative.restore({ ...sums.snapshot(), servers: SERVERS.map((server) => [server, -worthOf(server), 1, 30]) });
    const { value, intervals } = estimateSum(parts, groundedEstimate(window, history, [0.95]), negative);
    expect(value).toBeLessThan(-5_000);
    expect(intervals[0]!.low).toBeLessThan(intervals[0]!.high);
  });
});
