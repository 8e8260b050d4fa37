import type { Fault, FaultKind } from './fault.ts';
import type { FleetOptions } from './options.ts';
import { randomOf, shuffled } from './rng.ts';
import type { Server } from './roster.ts';
import type { Stream } from './stream.ts';

/** A fault with its servers chosen and its times filled in, clipped to the fleet's. */
export type PlannedFault = Fault & {
  readonly onServers: ReadonlySet<string>;
  readonly fromMs: number;
  readonly toMs: number;
};

/**
 * Chooses servers and times of every fault. A share of the fleet is always the same servers, so that faults can be laid over each other.
 * Throws RangeError when a named server is not of the fleet.
 */
export function planFaults({ seed, faults, startMs, endMs }: FleetOptions, roster: readonly Server[]): PlannedFault[] {
  const names = roster.map(({ name }) => name);
  const drawn = shuffled(names, randomOf(seed, 'fault servers'));
  return faults.map((fault) => {
    const onServers =
      typeof fault.servers === 'number'
        ? drawn.slice(0, Math.max(1, Math.round(fault.servers * names.length)))
        : fault.servers;
    for (const name of onServers)
      if (!names.includes(name))
        throw new RangeError(`fault ${fault.kind}: servers must be among ${names.join(', ')}; got ${name}`);
    return {
      ...fault,
      onServers: new Set(onServers),
      fromMs: Math.max(startMs, fault.startMs ?? startMs),
      toMs: Math.min(endMs, fault.endMs ?? endMs),
    };
  });
}

/** Those of the plan that hold for a server in the minute that starts at `minuteMs`. */
export function faultsAt(plan: readonly PlannedFault[], server: string, minuteMs: number): PlannedFault[] {
  return plan.filter(({ onServers, fromMs, toMs }) => fromMs <= minuteMs && minuteMs < toMs && onServers.has(server));
}

/** Whether a fault is about a stream: the one it names, or else all of events, and packets too where the shipping itself stands still. */
export function concerns(fault: Fault, stream: Stream): boolean {
  const named = 'stream' in fault ? fault.stream : undefined;
  if (named !== undefined) return named === stream;
  return stream !== 'packets' || fault.kind === 'stall' || fault.kind === 'dead';
}

/** Whether one of the faults is of this kind and about this stream. */
export const hasFault = (faults: readonly PlannedFault[], kind: FaultKind, stream: Stream): boolean =>
  faults.some((fault) => fault.kind === kind && concerns(fault, stream));
