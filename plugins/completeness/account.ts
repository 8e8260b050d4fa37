import type { ServerArrival } from '../../core/plugin.ts';

/** What is there of one server in one window, against what should be. */
export interface Account {
  readonly server: string;
  /** Events that are there, each counted once. */
  readonly received: number;
  /** Events beyond those: the same ones again. */
  readonly repeated: number;
  /** Events that should be there by the strongest witness; undefined without any. */
  readonly expected: number | undefined;
  readonly witness: string;
}

/** Neighbours in time may fall on either side of a window's border, which leaves holes in the numbers that are none. */
const BORDER_EVENTS = 2;

/** More events than can be counted one by one; a packet may say anything. */
const EVENTS_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Weighs the witnesses of one server. A packet says how many events there were; a manifest, how many a file should hold; sequence numbers,
 * how many are missing between those that came (`missingBefore`: between the last that came earlier and the first of this window). The packet is asked first,
 * since it comes by another way than the events. What came twice the numbers tell, where there are any.
 */
export function accountOf(
  {
    server,
    received: stored,
    announced,
    missingByManifest,
    missingBySequence,
    repeated: numbered,
    boots,
  }: ServerArrival,
  missingBefore = 0,
): Account {
  const surplus = announced === undefined || boots.length > 0 ? 0 : Math.max(0, stored - announced);
  const repeated = Math.max(numbered, surplus);
  const received = stored - repeated;
  const missing = missingBySequence + missingBefore;
  if (announced !== undefined)
    return { server, received, repeated, expected: Math.min(announced, EVENTS_MAX), witness: 'its packet' };
  if (missingByManifest > 0)
    return { server, received, repeated, expected: received + missingByManifest, witness: 'its manifest' };
  if (missing > BORDER_EVENTS)
    return { server, received, repeated, expected: received + missing, witness: 'its sequence numbers' };
  return { server, received, repeated, expected: undefined, witness: '' };
}
