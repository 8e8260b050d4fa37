import { hostname } from 'node:os';
import type { Beat, ClusterStore } from '../store/clusterStore.ts';
import type { Clock } from '../time/wallClock.ts';
import { ownerName } from './ownerName.ts';
import type { Role } from './role.ts';
import { pause } from './untilDone.ts';

/** Who beats, and what it has to say. */
export interface BeatsParts {
  readonly store: ClusterStore;
  readonly roles: ReadonlySet<Role>;
  readonly version: string;
  /** Where the API listens. */
  readonly api: string;
  readonly backlogBytes: () => number | undefined;
  readonly notReady: () => string | undefined;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

const BEAT_MS = 5_000;
/** How long an end waits for its last beat: a store that is away must not hold it up. */
const LAST_BEAT_MS = 2_000;

/** Says every few seconds that this process lives; `stop` says that it ended in order. */
export function startBeats(parts: BeatsParts): { stop(): Promise<void> } {
  const { store, roles, version, api, clock } = parts;
  const end = new AbortController();
  const startedAtMs = clock();
  const beat = (stopped: boolean): Promise<void> => {
    const said: Beat = {
      ...{ owner: ownerName(), host: hostname(), pid: process.pid, roles: [...roles], version, api },
      ...{ backlogBytes: parts.backlogBytes(), notReady: parts.notReady() ?? '', stopped },
      ...{ startedAtMs, saidAtMs: clock() },
    };
    return store.beat(said).catch(parts.onFailure);
  };
  const beating = (async () => {
    while (!end.signal.aborted) {
      await beat(false);
      await pause(BEAT_MS, end.signal);
    }
    await beat(true);
  })();
  return {
    async stop() {
      end.abort();
      const patience = new AbortController();
      await Promise.race([beating, pause(LAST_BEAT_MS, patience.signal)]);
      patience.abort();
    },
  };
}
