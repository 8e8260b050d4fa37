import type { ReadyContract } from '../config/streamConfig.ts';
import type { OpenWindow, WindowEstimate } from './openWindow.ts';

/**
 * Whether a window can be decided on although not everything is in: the interval of the contract's metric and confidence is at most `halfWidth` of the estimate to either
 * side. Nothing that is waited for longer than `maxWaitMs` makes it less so; without a contract only a whole window is enough.
 */
export function isEnough(
  estimate: Pick<WindowEstimate, 'value' | 'intervals' | 'basis' | 'metrics'>,
  { endMs, nowMs }: Pick<OpenWindow, 'endMs' | 'nowMs'>,
  ready: ReadyContract | undefined,
): boolean {
  if (estimate.basis === 'whole') return true;
  if (ready === undefined) return false;
  if (nowMs - endMs >= ready.maxWaitMs) return true;
  // Of the events the estimate is the window's own, whatever a metric of them is called.
  const { value, intervals } = estimate.metrics.find(({ metric }) => metric === ready.metric) ?? estimate;
  const interval = intervals.find(({ confidence }) => confidence === ready.confidence);
  return (
    value !== undefined &&
    interval !== undefined &&
    interval.high - interval.low <= 2 * ready.halfWidth * Math.abs(value)
  );
}
