import type { ServerArrival } from '../../core/plugin.ts';
import { addNumbers, noNumbers } from '../../core/windows/numberRuns.ts';
import { sequenceAggregator } from '../../core/windows/sequence.ts';
import type { ServerMinute } from './stateFleet.ts';

const aggregator = sequenceAggregator('seq');

/** What of a server's minute is stored at the end of minute `asOf`, accounted for as the core does. */
export function knownArrival(minute: ServerMinute, server: string, asOf: number): ServerArrival {
  const { boot, made, firstSeq, copies, hasValue, packetAt } = minute;
  const here = placesHere(minute, asOf);
  const numbers = noNumbers();
  let [received, present] = [0, 0];
  // A chunk that is shipped again follows the first.
  for (const copy of [1, 2])
    for (let at = 0; at < here; at++) {
      if ((copies[at] ?? 0) < copy) continue;
      addNumbers(numbers, firstSeq + at, firstSeq + at);
      received++;
      present += hasValue[at] ?? 0;
    }
  const { missing, repeated, boots } = aggregator.read(new Map(received === 0 ? [] : [[boot, numbers]]));
  const heartbeat = packetAt <= asOf;
  return {
    ...{
      server,
      isDeclared: false,
      received,
      repeated,
      boots,
      heartbeat,
      missingBySequence: missing,
      missingByManifest: 0,
    },
    announced: heartbeat ? made : undefined,
    fields: received === 0 ? [] : [{ field: 'price', present }],
    twiceTold: [],
  };
}

/** Events before this place are here, unless they are lost. */
export const placesHere = ({ made, promptBefore, restAt }: ServerMinute, asOf: number): number =>
  restAt <= asOf ? made : promptBefore;
