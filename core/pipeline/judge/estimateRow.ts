import type { ReadyContract } from '../../config/streamConfig.ts';
import type { EstimateRow } from '../../store/arrivalStore.ts';
import { isEnough } from '../../windows/isEnough.ts';
import type { OpenWindow, WindowEstimate } from '../../windows/openWindow.ts';

/** What is written down of an estimate of a window. */
export function estimateRow(open: OpenWindow, estimate: WindowEstimate, ready: ReadyContract | undefined): EstimateRow {
  const { startMs, endMs, nowMs, servers } = open;
  return {
    ...{ ...estimate, startMs, endMs, nowMs, isEnough: isEnough(estimate, open, ready) },
    serversExpected: servers.length,
    serversArrived: servers.filter(({ received }) => received > 0).length,
  };
}
