import type { ServerArrival } from '../../core/plugin.ts';
import type { ServerState } from '../../plugins/completeness/states/serverState.ts';

/** The peer: one window by itself, numbers counted against the span between the first and the last, and a threshold. It is how this plugin accounted for servers before. */
export function thresholdStates(arrival: ServerArrival): ReadonlySet<ServerState> {
  const { received: stored, announced, heartbeat, boots, fields } = arrival;
  const states = new Set<ServerState>();
  if (stored === 0 && !heartbeat) return states.add('dead');
  if (stored === 0 && announced === 0) return states.add('zero');
  const spanned = boots.reduce((sum, { least, greatest }) => sum + greatest - least + 1, 0);
  const repeated = Math.max(0, stored - spanned, stored - (announced ?? stored));
  const received = stored - repeated;
  const expected = announced ?? (spanned - received > 2 ? spanned : received);
  if (expected > 0 && received / expected <= 0.999) states.add(received > 0 ? 'lost' : 'late');
  if (repeated > 0) states.add('duplicated');
  if (stored > 0 && fields.some(({ present }) => present === 0)) states.add('null');
  return states;
}
