/**
 * `npm run bench:yardstick`: simulated series of ten kinds, with known truth. False alarms on clean series against the stated rate; then, of levels shifted by so many
 * deviations of the noise, how many are found within 50 values and how soon. SERIES is how many of each kind (40), ours at the stated rate, peers at thresholds that give as
 * many false alarms on the same clean series.
 */
import { PEERS } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import { KINDS, simulated } from './yardstick/kinds.ts';

const SERIES = Number(process.env['SERIES'] ?? 40);
const LENGTH = 2_400;
const LEARNED = 600;
const SHIFT_AT = 2_000;
const WITHIN = 50;
const STEP_MS = 300_000;
const SIZES = [2, 4, 8] as const;
const MONTH = (30 * 86_400_000) / STEP_MS;
const peers = PEERS.filter(({ name }) => name !== 'random cut forest' && name !== 'windowed Gaussian');

/** -log10 of what the onset of something strange must exceed, here. */
const ONSET = 2;
/** A series of n values lets expect 1,000 / n * 10^-surprise alarms at its n-th value, at most: summed over those that are looked at. */
const stated = (surprise: number): number => 1_000 * 10 ** -surprise * Math.log(LENGTH / LEARNED);

function scoresOf(peer: Peer, kind: (typeof KINDS)[number], seed: number, shift: number): number[] {
  const judge = peer();
  return simulated(kind, { seed, length: LENGTH, stepMs: STEP_MS, shift, shiftAt: SHIFT_AT }).map((value, at) =>
    judge(at * STEP_MS, value),
  );
}

const count = (scores: readonly number[], threshold: number): number =>
  scores.slice(LEARNED).filter((score) => score >= threshold).length;

console.log(
  `${String(KINDS.length)} kinds, ${String(SERIES)} series each, ${String(LENGTH)} values, the first ${String(LEARNED)} not counted`,
);
const clean = new Map<string, number[][]>();
for (const { name, peer } of peers)
  clean.set(
    name,
    KINDS.flatMap((kind) => Array.from({ length: SERIES }, (_, seed) => scoresOf(peer, kind, seed, 0))),
  );

console.log(
  `\nfalse alarms of the onset on clean series, per series of ${String(LENGTH - LEARNED)} values: stated at most, measured, per month of these windows`,
);
for (const surprise of [2, 3, 4]) {
  const ours = clean.get('touchstone') ?? [];
  const measured = ours.reduce((sum, scores) => sum + count(scores, surprise), 0) / ours.length;
  console.log(
    `  ${String(surprise)}: ${stated(surprise).toFixed(3)}  ${measured.toFixed(3)}  ${((measured * MONTH) / (LENGTH - LEARNED)).toFixed(2)}`,
  );
  const byKind = KINDS.map(({ name }, at) => {
    const part = ours.slice(at * SERIES, (at + 1) * SERIES);
    return `${name} ${(part.reduce((sum, scores) => sum + count(scores, surprise), 0) / SERIES).toFixed(2)}`;
  });
  console.log(`     ${byKind.join(', ')}`);
}

const target = (clean.get('touchstone') ?? []).reduce((sum, scores) => sum + count(scores, ONSET), 0);
console.log(
  `\nfound of shifted levels within ${String(WITHIN)} values, and median delay; all at ${String(target)} false alarms on the clean series`,
);
console.log(`${'detector'.padEnd(20)}${SIZES.map((size) => `${String(size)} dev.`.padStart(16)).join('')}`);
for (const { name, peer } of peers) {
  const all = (clean.get(name) ?? []).flatMap((scores) => scores.slice(LEARNED)).sort((a, b) => b - a);
  const threshold = Math.max(all[target] ?? 0, Number.MIN_VALUE);
  const figures = SIZES.map((size) => {
    const delays = KINDS.flatMap((kind) =>
      Array.from({ length: SERIES }, (_, seed) =>
        scoresOf(peer, kind, seed, size)
          .slice(SHIFT_AT, SHIFT_AT + WITHIN)
          .findIndex((score) => score > threshold),
      ),
    );
    const found = delays.filter((delay) => delay >= 0).sort((a, b) => a - b);
    return `${((100 * found.length) / delays.length).toFixed(0)} %, ${String(found[found.length >> 1] ?? '-')}`.padStart(
      16,
    );
  });
  console.log(`${name.padEnd(20)}${figures.join('')}`);
}
