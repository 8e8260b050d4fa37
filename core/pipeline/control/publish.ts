import type { Logger } from 'pino';
import { type Change, CHANGE_KINDS, type ChangeKind } from '../../sources/change.ts';
import { Publisher, type PublisherOptions, type Published } from '../../sources/kafka/publish/publisher.ts';
import { ChangeStore } from '../../store/changeStore.ts';
import type { Connection } from '../../store/connection.ts';
import type { Instruments } from '../../telemetry.ts';
import { type ChangeCursor, CURSOR_START } from '../../time/changeCursor.ts';
import type { Clock } from '../../time/wallClock.ts';
import type { Control } from './control.ts';
import { Quiet } from './quiet.ts';
import { takeFresh } from './takeFresh.ts';
import { pause } from '../untilDone.ts';

/** What publishing is made of. */
export interface PublishParts {
  readonly publisher: PublisherOptions;
  readonly connection: Connection;
  readonly database: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Instruments;
  /** Whether no other process has claimed control. */
  readonly isOurs: () => Promise<boolean>;
  /** Another one has. */
  readonly onFenced: () => void;
}

const BEAT_MS = 500;
/** Rows appear after their time, and clocks differ: an insert is given up after a minute, and made again with a new time. */
const OVERLAP_MS = 90_000;
/** Changes of one kind that go out at once, and those that may be taken within the overlap. */
const PAGE = 1_000;
const TAKEN_MAX = 5_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** What is under way is given so long to end; whoever goes on ends it otherwise. */
const LEAVE_MS = 5_000;

/** Publishes what the store holds, and goes on until it is stopped. A cluster that is away is tried again for ever. */
export function startPublishing(parts: PublishParts): Control {
  const stop = new AbortController();
  const running = run(parts, stop.signal);
  return {
    async stop() {
      stop.abort();
      await Promise.race([running, pause(LEAVE_MS, new AbortController().signal)]);
    },
  };
}

async function run(parts: PublishParts, stop: AbortSignal): Promise<void> {
  const { log, instruments, isOurs, onFenced } = parts;
  const publisher = new Publisher(parts.publisher);
  const from = { store: new ChangeStore(parts.connection, parts.database), quiet: new Quiet() };
  let published: Published | undefined;
  let retryMs = RETRY_MS;
  while (!stop.aborted) {
    try {
      if (published === undefined) {
        // Whoever opens it takes it from the others: only who is in control may.
        if (!(await isOurs())) {
          onFenced();
          break;
        }
        published = await publisher.open();
      }
      const { changes, next } = await fresh(parts, from, published);
      if (changes.length > 0) await publisher.send(changes, next);
      for (const { kind } of changes) instruments.count('touchstone.published', 1, { kind });
      published = next;
      retryMs = RETRY_MS;
      if (changes.length < PAGE) await pause(BEAT_MS, stop);
    } catch (error) {
      published = undefined;
      log.warn({ err: error }, 'what was found could not be published; trying again');
      await pause(retryMs, stop);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }
  await publisher.close();
}

/** What is not published yet, and how far everything is published with it. */
async function fresh(
  { clock }: PublishParts,
  { store, quiet }: { readonly store: ChangeStore; readonly quiet: Quiet },
  published: Published,
): Promise<{ readonly changes: readonly Change[]; readonly next: Published }> {
  const version = await store.version();
  if (quiet.holds(version, clock())) return { changes: [], next: published };
  const changes: Change[] = [];
  const next = new Map<ChangeKind, ChangeCursor>();
  for (const kind of CHANGE_KINDS) {
    const cursor = published.get(kind) ?? CURSOR_START;
    const settling = { settledMs: clock() - OVERLAP_MS, takenMax: TAKEN_MAX, pageMax: PAGE };
    const taken = await takeFresh(cursor, (after, limit) => store.places(kind, after, limit), settling);
    changes.push(...(await store.changes(kind, taken.fresh)));
    next.set(kind, taken.next);
  }
  quiet.note(version, changes.length, clock());
  return { changes, next };
}
