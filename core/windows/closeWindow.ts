import type { Window } from '../time/window.ts';
import { arrivalsOf, type Witnesses } from './arrivalsOf.ts';
import type { ClosedWindow } from './closedWindow.ts';
import type { JudgeMemory } from './judgeMemory.ts';
import { type KnownSeries, type MergedWindow, seriesOf } from './mergeWindow.ts';
import type { AggregationPlan } from './plan.ts';
import type { Roster } from './roster.ts';

/** How a stream's windows are closed. */
export interface Closing {
  readonly plan: AggregationPlan;
  /** Text of the cut that books servers. */
  readonly serverCut: string;
}

/** What is known of one window when it is closed. */
export interface WindowFacts extends Window {
  readonly revision: number;
  readonly merged: MergedWindow;
  readonly witnesses: Witnesses;
}

const NO_SERIES: KnownSeries = new Map();

/** A merged window with its servers accounted for and its silent series, as checks are shown it; notes in `memory` who was there. */
export function closeWindow(
  { plan, serverCut }: Closing,
  memory: JudgeMemory,
  { startMs, endMs, revision, merged, witnesses }: WindowFacts,
): { readonly closed: ClosedWindow; readonly roster: Roster } {
  const roster = memory.roster(startMs);
  const servers = arrivalsOf(serverCut, merged, roster, witnesses);
  const isComplete = servers.every(
    ({ received, announced = 0, heartbeat }) => received >= announced && (received > 0 || heartbeat),
  );
  const closed: ClosedWindow = {
    startMs,
    endMs,
    stream: plan.stream,
    revision,
    state: isComplete ? 'complete' : 'ready',
    series: seriesOf(plan, merged, memory.knownSeries(startMs)),
    extra: seriesOf(plan, merged, NO_SERIES, 'extra'),
    servers,
  };
  memory.see(plan, closed, merged);
  return { closed, roster };
}
