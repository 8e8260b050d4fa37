import { Outlook } from '../../core/pipeline/judge/outlook.ts';
import { knownOf } from '../../core/pipeline/control/thresholdNews.ts';
import type { KnownMetric } from '../../core/alerts/threshold.ts';
import type { EstimateRow } from '../../core/store/arrivalStore.ts';
import { metricsOf } from '../../core/windows/metricsOf.ts';
import { OpenWindowEstimator } from '../../plugins/completeness/estimator.ts';
import { FleetTables } from './fleetTables.ts';
import type { SimulatedFleet } from './simulatedFleet.ts';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const ROSTER = { seenForMs: DAY_MS, declared: [] };
/** How long is waited at most; and by those who wait for a fixed time. */
export const WAIT_MINUTES = 15;
const READY = { halfWidth: 0.01, confidence: 0.95, maxWaitMs: WAIT_MINUTES * MINUTE_MS };

/** What was known of a window's count at some ages, and what it came to. */
export interface AlertWindow {
  readonly startMinute: number;
  /** Each time that the host had it estimated, in order. */
  readonly asked: readonly { readonly ageMinutes: number; readonly known: KnownMetric }[];
  /** What was there when it closed, and after the fixed wait. */
  readonly atOnce: number;
  readonly waited: number;
  readonly final: number;
}

/** Lets the host (`core/pipeline/judge/outlook.ts`) and our estimator look at a fleet once a minute; gives the windows whose final value is known, in order. */
export async function replayAlerts(
  fleet: SimulatedFleet,
  { windowMinutes, counts }: { readonly windowMinutes: number; readonly counts: boolean },
): Promise<readonly AlertWindow[]> {
  const tables = new FleetTables(fleet, { windowMinutes, counts });
  const windowMs = windowMinutes * MINUTE_MS;
  let now = 0;
  const outlook = new Outlook({
    ...{
      stream: 'requests',
      windowMs,
      latenessMs: DAY_MS,
      packets: 'packets',
      ready: READY,
      store: tables,
      roster: ROSTER,
    },
    estimator: new OpenWindowEstimator({
      ...{ stream: 'requests', windowMs, latenessMs: DAY_MS, confidences: [0.8, 0.95] },
    }),
    heardMs: () => now * MINUTE_MS,
    onBroken: (error) => {
      throw error;
    },
  });
  const [atOnce, waited, final] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  for (now = 1; now <= fleet.minutes; now++) {
    tables.bring(now);
    await outlook.look();
    const closed = now - windowMinutes;
    for (const [values, age] of [
      [atOnce, 0],
      [waited, WAIT_MINUTES],
      [final, DAY_MS / MINUTE_MS],
    ] as const) {
      const start = closed - age;
      if (start >= 0 && start % windowMinutes === 0) values.set(start, tables.observed(start * MINUTE_MS));
    }
  }
  const byWindow = Map.groupBy(tables.estimates, ({ startMs }) => startMs / MINUTE_MS);
  return [...final].map(([startMinute, value]) => ({
    startMinute,
    asked: (byWindow.get(startMinute) ?? []).flatMap(askedOf),
    atOnce: atOnce.get(startMinute) ?? 0,
    waited: waited.get(startMinute) ?? 0,
    final: value,
  }));
}

/** What a rule on the stream's count is decided on, as the product reads it. */
function askedOf(row: EstimateRow): AlertWindow['asked'] {
  const count = new Map([['events', { kind: 'count', value: row.observed }]]);
  const [outlook] = metricsOf({ events: { value: 'events' } }, count, row, READY.confidence);
  const known = outlook && knownOf(outlook, { ...row, estimatedMs: row.nowMs }, { ready: READY });
  return known === undefined ? [] : [{ ageMinutes: (row.nowMs - row.endMs) / MINUTE_MS, known }];
}
