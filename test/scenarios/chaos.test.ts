import { beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runChaos } from '../chaos/run.ts';
import { holds, told } from '../chaos/verdict.ts';

/** The short form of `npm run chaos`, with one broker: three take their time to agree again after one was killed. */
const MEMBERS = 2;
let outcome: Outcome;

beforeAll(async () => {
  outcome = await runChaos({
    ...{ brokers: 1, members: MEMBERS, partitions: 4, writingMs: 40_000, seed: 20_261_124 },
    plan: {
      'member killed': 9,
      'member stopped past its session': 1,
      'member leaves, another comes': 1,
      'shipper killed': 2,
      'engine killed': 1,
      'answers of the engine lost': 1,
    },
  });
}, 420_000);

describe(`a fleet's logs, shipped to Kafka and read by ${String(MEMBERS)} processes, while everybody is killed or stopped again and again`, () => {
  it('had batches in doubt', () => {
    if (outcome.inDoubt === 0) throw new Error('no opening found rows above a commit: this run proves nothing');
    expect(outcome.deaths).toBeGreaterThanOrEqual(12);
  });

  it('are stored once, and counted once', () => {
    process.stdout.write(
      `${String(MEMBERS)} members, kills ${String(outcome.deaths)}, in doubt ${String(outcome.inDoubt)} openings: ${told(outcome.verdict)}\n`,
    );
    expect(outcome.verdict.events).toBeGreaterThan(10_000);
    expect(outcome.verdict.aggregates.compared).toBeGreaterThan(5_000);
    expect(outcome.verdict.problems.written).toBeGreaterThan(100);
    expect(holds(outcome.verdict), told(outcome.verdict)).toBe(true);
  });

  it('left everybody able to end in peace', () => {
    expect(outcome.ends).toEqual(outcome.ends.map(() => 0));
  });
});
