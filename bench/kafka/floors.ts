import { childProgram } from './childProgram.ts';
import type { ConsumeOptions } from './consume.ts';
import type { Contestant, Course, Measured } from './contest.ts';

/** A client that parses each event, and nothing more. */
export const floor = (client: ConsumeOptions['client'], folder: string): Contestant => ({
  name: client,
  work: 'consumed, JSON.parse',
  run: ({ brokers, topic, events, run }: Course) =>
    childProgram<Measured>('consume.ts', { client, brokers, topic, group: `${client}-${run}`, events, folder }),
});
