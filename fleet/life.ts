import type { PlannedFault } from './faultPlan.ts';
import type { Server } from './roster.ts';

/** What runs on a server in a minute. */
export interface Life {
  readonly isDead: boolean;
  /** Epoch ms of the start of the process; a new one after a death and at each change of the build. */
  readonly boot: number;
  readonly build: string;
}

/** The life of a server in the minute that starts at `minuteMs`, of a fleet that has run since `startMs`. */
export function lifeAt(plan: readonly PlannedFault[], server: Server, startMs: number, minuteMs: number): Life {
  let boot = startMs;
  let build = server.build;
  let isDead = false;
  for (const fault of plan) {
    if (!fault.onServers.has(server.name)) continue;
    if (fault.kind !== 'dead' && fault.kind !== 'build-rollout') continue;
    const holds = fault.fromMs <= minuteMs && minuteMs < fault.toMs;
    if (fault.kind === 'build-rollout' && fault.fromMs <= minuteMs) boot = Math.max(boot, fault.fromMs);
    if (fault.toMs <= minuteMs) boot = Math.max(boot, fault.toMs);
    if (!holds) continue;
    if (fault.kind === 'dead') isDead = true;
    else build = fault.build;
  }
  return { isDead, boot, build };
}
