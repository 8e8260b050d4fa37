import { AGES, FIRST_AGE, replayStates, type Verdict } from './stateReplay.ts';
import { stateFleet } from './stateFleet.ts';
import { STATES, StateScores } from './stateScores.ts';

/** Until then servers only become known. */
const WARM_UP_MINUTES = 60;

interface Row {
  readonly name: string;
  readonly age: number;
  readonly truth: (verdict: Verdict) => Verdict['truth'];
  readonly said: (verdict: Verdict) => Verdict['ours'];
}

const rowsAt = (age: number): readonly Row[] => [
  { name: 'ours', age, truth: ({ truth }) => truth, said: ({ ours }) => ours },
  { name: 'ours, as far as known', age, truth: ({ knowable }) => knowable, said: ({ ours }) => ours },
  { name: 'threshold rule', age, truth: ({ truth }) => truth, said: ({ rule }) => rule },
  { name: 'rule, as far as known', age, truth: ({ knowable }) => knowable, said: ({ rule }) => rule },
];

/** Prints how well the six states of servers are told apart, on a fleet with faults that overlap. */
export function printStates(servers: number, minutes: number, seed: string): void {
  const rows = AGES.flatMap(rowsAt).map((row) => ({ ...row, scores: new StateScores() }));
  const held = new Map<string, number>();
  let [windows, troubled, several] = [0, 0, 0];
  for (const { age, verdict } of replayStates(stateFleet(servers, minutes, seed), WARM_UP_MINUTES)) {
    for (const { scores, truth, said, age: own } of rows) if (own === age) scores.add(truth(verdict), said(verdict));
    if (age !== FIRST_AGE) continue;
    windows++;
    if (verdict.truth.size > 0) troubled++;
    if (verdict.truth.size > 1) several++;
    for (const state of verdict.truth) held.set(state, (held.get(state) ?? 0) + 1);
  }
  const share = (count: number): string => `${((100 * count) / windows).toFixed(1)} %`;
  console.log(
    `\nstates, seed ${seed}: ${String(servers)} servers, ${String(windows)} windows; ${share(troubled)} in some state, ${share(several)} in several at once`,
  );
  console.log(`  ${STATES.map((state) => `${state} ${String(held.get(state) ?? 0)}`).join(', ')}`);
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(24)}${cells.map((cell) => cell.padStart(22)).join('')}`;
  for (const age of AGES) {
    console.log(line(`\n${String(age)} min after close, F1`, STATES));
    for (const { name, scores, age: own } of rows)
      if (own === age)
        console.log(
          line(
            name,
            STATES.map((state) => {
              const { f1, precision, recall } = scores.of(state);
              return `${f1.toFixed(3)} (${precision.toFixed(3)} ${recall.toFixed(3)})`;
            }),
          ),
        );
  }
  console.log('(in parentheses: precision, recall)');
}
