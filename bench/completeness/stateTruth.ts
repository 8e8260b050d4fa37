import type { ServerState } from '../../plugins/completeness/states/serverState.ts';
import { placesHere } from './knownArrival.ts';
import type { ServerMinute } from './stateFleet.ts';

/**
 * What is true of a server's minute, of what is here at the end of minute `asOf`. With `isPast` told, lost is only what the server is past, and what is gone without anybody being
 * able to know it yet counts as late: its packet says it exists, and nothing later is here.
 */
export function trueStates(minute: ServerMinute, asOf: number, laterIsHere?: boolean): ReadonlySet<ServerState> {
  const { isDead, made, copies, lacksField } = minute;
  const here = placesHere(minute, asOf);
  const states = new Set<ServerState>();
  if (isDead) return states.add('dead');
  if (made === 0) return states.add('zero');
  const last = copies.subarray(0, here).findLastIndex((count) => count > 0);
  let received = 0;
  for (let at = 0; at < made; at++) {
    const count = copies[at] ?? 0;
    if (count > 0 && at >= here) states.add('late');
    if (count === 0) states.add(laterIsHere === false && at > last ? 'late' : 'lost');
    if (count > 1 && at < here) states.add('duplicated');
    if (count > 0 && at < here) received++;
  }
  if (lacksField && received > 0) states.add('null');
  return states;
}
