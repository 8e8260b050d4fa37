import { replayAlerts, type AlertWindow } from './alertReplay.ts';
import { afterWait, ALERT_HEADINGS, AlertScore, atOnce, type Bound, byInterval, type Decider } from './alertScores.ts';
import { plantedChanges } from './plantedChanges.ts';
import { quantileOf } from './scores.ts';
import { simulatedFleet } from './simulatedFleet.ts';

export interface AlertsSize {
  readonly servers: number;
  readonly regions: number;
  readonly days: number;
  readonly windowMinutes: number;
  readonly seed: string;
}

/** Rules of the whole stream, as shares of the median window of the warm-up. */
const RULES: readonly { readonly side: 'above' | 'below'; readonly share: number }[] = [
  ...[0.6, 0.8, 0.95].map((share) => ({ side: 'below', share }) as const),
  ...[1.1, 1.3].map((share) => ({ side: 'above', share }) as const),
];
/** How far from a window's final value bounds are put, to see the worst. */
const NEAR = [0, 0.002, 0.005, 0.01, 0.02];
const DECIDERS: readonly (readonly [string, Decider])[] = [
  ['on the interval', byInterval],
  ['on what is there, at once', atOnce],
  ['on what is there, 15 min', afterWait],
];

/** Prints what a threshold on the stream's count says, decided on intervals, at once and after a fixed delay, on a stream with drops and rises of known sizes. */
export async function printAlerts(size: AlertsSize, warmUpMinutes: number): Promise<void> {
  const changes = plantedChanges(size, warmUpMinutes);
  const fleet = simulatedFleet({ ...size, changes });
  for (const counts of [false, true]) {
    const startedMs = performance.now();
    const all = await replayAlerts(fleet, { windowMinutes: size.windowMinutes, counts });
    const windows = all.filter(({ startMinute }) => startMinute >= warmUpMinutes);
    const first = all.filter(({ startMinute }) => startMinute < warmUpMinutes);
    const usual = quantileOf(
      first.map(({ final }) => final),
      0.5,
    );
    console.log(
      `\nalerts, seed ${size.seed}: ${String(size.servers)} servers, ${String(windows.length)} windows of ${String(size.windowMinutes)} min, ${String(changes.length)} changes planted; packets tell ${counts ? 'how many events there were' : 'only of life'} (${((performance.now() - startedMs) / 1000).toFixed(0)} s)`,
    );
    for (const { side, share } of RULES)
      printRows(`${side} ${String(Math.round(100 * share))} % of usual`, windows, () => [{ [side]: share * usual }]);
    printRows('all of them', windows, () => RULES.map(({ side, share }) => ({ [side]: share * usual })));
    for (const near of NEAR)
      printRows(`each ${(100 * near).toFixed(1)} % from the final value`, windows, ({ final }) => [
        ...[{ below: final * (1 - near) }, { above: final * (1 + near) }],
        ...(near === 0 ? [] : [{ below: final * (1 + near) }, { above: final * (1 - near) }]),
      ]);
  }
}

function printRows(
  name: string,
  windows: readonly AlertWindow[],
  boundsOf: (window: AlertWindow) => readonly Bound[],
): void {
  const line = (title: string, cells: readonly string[]): string =>
    `${title.padEnd(32)}${cells.map((cell) => cell.padStart(17)).join('')}`;
  console.log(line(`\n${name}`, ALERT_HEADINGS));
  for (const [title, decider] of DECIDERS) {
    const score = new AlertScore();
    for (const window of windows) for (const bound of boundsOf(window)) score.add(decider, bound, window);
    console.log(line(title, score.row()));
  }
}
