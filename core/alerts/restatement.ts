import type { Window } from '../time/window.ts';

/** A window that late events changed: how many events it had, and has. */
export interface Restatement extends Window {
  readonly stream: string;
  readonly revision: number;
  readonly events: number;
  readonly revisionBefore: number;
  readonly eventsBefore: number;
}

/**
 * The restatements of one window that matter, out of all of them in order of their revisions. What is small is not told, but it adds up: each is held against
 * the last one that was material (the first: against the window as it was judged first), and begins there.
 *
 *     events  1000 -> 1000.4 -> 1000.8 -> 1001.2     materialRatio 0.001
 *                     (no)      (no)      material: 1000 -> 1001.2
 *
 * `materialRatio` is the least share of the events before that must have come or gone; 0: every restatement is material.
 */
export function materialOnes(restatements: readonly Restatement[], materialRatio: number): Restatement[] {
  const material: Restatement[] = [];
  const [first] = restatements;
  if (first === undefined) return [];
  let { revisionBefore, eventsBefore } = first;
  for (const each of restatements) {
    const changed = Math.abs(each.events - eventsBefore);
    if (changed < materialRatio * eventsBefore || (changed === 0 && materialRatio > 0)) continue;
    material.push({ ...each, revisionBefore, eventsBefore });
    ({ revision: revisionBefore, events: eventsBefore } = each);
  }
  return material;
}
