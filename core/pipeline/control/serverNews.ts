import { type EventType, wants } from '../../alerts/eventType.ts';
import type { Notice } from '../../alerts/notice.ts';
import { ServerCourse } from '../../alerts/serverCourse.ts';
import { serverNotice } from '../../alerts/serverNotice.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Receiver } from '../../store/controlStore.ts';
import type { NewsStore, ToldServer } from '../../store/newsStore.ts';
import type { HeardWindow } from './alertNews.ts';
import { askedSince, newOnes } from './windowNews.ts';

const TYPES: readonly EventType[] = ['server.silent', 'server.dead', 'server.back'];

/** The finding that says that a server sent nothing; its label `server` says which. */
const isSilence = ({ plugin, check }: Finding): boolean => plugin === 'completeness' && check === 'server-silent';

/** What becomes of servers, for those who ask for it. Goes on where the notices made so far say. */
export class ServerNews {
  readonly #store: NewsStore;
  /** By stream; undefined while nobody asks. */
  #courses: Map<string, ServerCourse> | undefined;

  constructor(store: NewsStore) {
    this.#store = store;
  }

  /** Notices of what windows, in order of time, say of their servers, but for those that were made before. */
  async next(
    receivers: readonly Receiver[],
    windows: readonly HeardWindow[],
    nowMs: number,
  ): Promise<readonly Notice[]> {
    const sinceMs = askedSince(receivers, TYPES);
    if (sinceMs === undefined) {
      this.#courses = undefined;
      return [];
    }
    this.#courses ??= coursesOf(await this.#store.toldServers(sinceMs));
    const notices: Notice[] = [];
    for (const window of windows) {
      if (window.endMs <= sinceMs || !isAsked(receivers, window.stream)) continue;
      let course = this.#courses.get(window.stream);
      if (course === undefined) this.#courses.set(window.stream, (course = new ServerCourse()));
      for (const turn of course.hear(heard(window))) notices.push(serverNotice(window.stream, turn, nowMs));
    }
    return newOnes(this.#store, receivers, notices);
  }
}

const isAsked = (receivers: readonly Receiver[], stream: string): boolean =>
  receivers.some((receiver) => TYPES.some((type) => wants(receiver, { type, stream })));

/** Courses that begin with the silences that were told. */
function coursesOf(told: readonly ToldServer[]): Map<string, ServerCourse> {
  const silent = told.filter(({ type }) => type !== 'server.back');
  return new Map(
    [...Map.groupBy(silent, ({ stream }) => stream)].map(([stream, servers]) => [
      stream,
      new ServerCourse(
        servers.map(({ server, type, silentSinceMs }) => [
          server,
          { state: type === 'server.dead' ? 'dead' : 'silent', sinceMs: silentSinceMs },
        ]),
      ),
    ]),
  );
}

/** Findings that name no server speak of too many to be named. */
function heard({ startMs, endMs, arrived, left, findings }: HeardWindow): Parameters<ServerCourse['hear']>[0] {
  const servers = findings.filter(isSilence).map(({ labels }) => labels['server']);
  const named = servers.filter((server) => server !== undefined);
  return {
    ...{ startMs, endMs, left, peersLive: arrived > 0 },
    silent: named.length < servers.length ? undefined : new Set(named),
  };
}
