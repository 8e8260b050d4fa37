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

/**
 * Weighs the witnesses of one server. A packet says how many events there were; a manifest, how many a file should hold; sequence numbers,
 * how many are missing between those that came. The packet is asked first, since it comes by another way than the events.
 */
export function accountOf({
  server,
  received: stored,
  announced,
  missingByManifest,
  missingBySequence,
  repeated: repeatedBySequence,
}: ServerArrival): Account {
  const repeated =
    announced === undefined ? repeatedBySequence : Math.max(0, Math.max(repeatedBySequence, stored - announced));
  const received = stored - repeated;
  if (announced !== undefined) return { server, received, repeated, expected: announced, witness: 'its packet' };
  if (missingByManifest > 0)
    return { server, received, repeated, expected: received + missingByManifest, witness: 'its manifest' };
  if (missingBySequence > BORDER_EVENTS)
    return { server, received, repeated, expected: received + missingBySequence, witness: 'its sequence numbers' };
  return { server, received, repeated, expected: undefined, witness: '' };
}
