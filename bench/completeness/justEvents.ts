import { WindowSums } from '../../core/pipeline/judge/windowSums.ts';

const DAY_MS = 86_400_000;
const never = (): never => {
  throw new Error('no sums are asked for');
};

/** What the host of an estimator of events alone is made with, whoever is seen being expected for a day. */
export const JUST_EVENTS = {
  roster: { seenForMs: DAY_MS, declared: [] },
  sums: new WindowSums({
    ...{ stream: 'requests', cut: 'server', aggregates: [] },
    store: { ofWindows: never, totals: never },
  }),
};
