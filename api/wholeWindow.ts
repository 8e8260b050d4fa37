import type { z } from 'zod';
import type { Config } from '../core/config/config.ts';
import { metricsWithReady } from '../core/config/estimatedMetrics.ts';
import { packetsFor } from '../core/config/packetsFor.ts';
import type { ReadStore, Row } from '../core/store/readStore.ts';
import type { StoredEstimate } from '../core/store/estimateColumns.ts';
import type { FoundOfServer, StoredRoster, WindowKey, WindowStore } from '../core/store/windowStore.ts';
import { metricsOf } from '../core/windows/metricsOf.ts';
import { judgedWindow } from './contract.ts';
import type { serverInWindow, windowWhole } from './windowContract.ts';
import { isoOfText } from './page.ts';

/** What a window is read with. */
export interface WindowParts {
  readonly config: Config;
  readonly read: ReadStore;
  readonly windows: WindowStore;
}

type WholeWindow = z.input<typeof windowWhole>;

/** All that is known of a window, with the metrics of one cut; undefined when nothing is. */
export async function wholeWindow(
  { config, read, windows }: WindowParts,
  key: WindowKey,
  cut: string,
): Promise<WholeWindow | undefined> {
  const declared = config.streams[key.stream];
  if (declared === undefined) return undefined;
  const packets = packetsFor(config, key.stream);
  const [row, estimate, roster, received, announced, found, values] = await Promise.all([
    read.window(key.stream, key.startMs),
    windows.estimate(key),
    windows.roster(key),
    read.serversOf(key.stream, declared.kind === 'events' ? declared.server : 'server', key.startMs),
    packets === undefined ? new Map<string, number>() : windows.announced(packets, key),
    windows.foundOfServers(key),
    declared.kind === 'events' ? windows.values(key, cut) : [],
  ]);
  if (row === undefined && estimate === undefined && received.length === 0) return undefined;
  const judged = row === undefined ? notJudged(key, declared.windowMs) : judgedWindowOf(row);
  const servers = serversOf({ roster, received, announced, found, missing: estimate?.missing ?? [] });
  const confidence = (declared.kind === 'events' ? declared.ready?.confidence : undefined) ?? 0.95;
  const metrics = declared.kind === 'events' ? metricsWithReady(declared) : {};
  return {
    ...judged,
    ...(row === undefined
      ? {
          events: received.reduce((sum, server) => sum + server.received, 0),
          serversExpected: servers.length,
          serversArrived: received.length,
        }
      : {}),
    state: stateOf(row, judged, estimate),
    shareMissing: estimate === undefined || !(estimate.value > 0) ? null : 1 - estimate.observed / estimate.value,
    estimate: estimate === undefined ? null : told(estimate),
    roster:
      roster === undefined
        ? null
        : {
            since: new Date(roster.sinceMs).toISOString(),
            isDeclared: roster.isDeclared,
            servers: roster.servers.length,
          },
    metrics: [...Map.groupBy(values, ({ series }) => series)].flatMap(([series, aggregates]) =>
      metricsOf(
        metrics,
        { series, aggregates: new Map(aggregates.map((one) => [one.aggregate, one])) },
        estimate && { ...estimate, confidence },
      ).map(({ metric, observed, estimate: stated }) => ({
        ...{ series, metric, observed: observed ?? null },
        estimate: stated === undefined ? null : { ...stated, ...ends(stated) },
      })),
    ),
    servers,
  };
}

/** A judged window, as the API tells it. */
export const judgedWindowOf = (row: Row) => ({
  stream: String(row['stream']),
  startMs: Number(row['startMs']),
  endMs: Number(row['endMs']),
  revision: Number(row['revision']),
  state: judgedWindow.shape.state.parse(row['state']),
  events: Number(row['events']),
  serversExpected: Number(row['serversExpected']),
  serversArrived: Number(row['serversArrived']),
  eventsAnnounced: row['eventsAnnounced'] === null ? null : Number(row['eventsAnnounced']),
  tooLate: Number(row['tooLate']),
  judgedAt: isoOfText(row['judgedAt']),
});

const notJudged = ({ stream, startMs }: WindowKey, windowMs: number) => ({
  ...{ stream, startMs, endMs: startMs + windowMs, revision: 0, state: 'ready' as const },
  ...{ events: 0, serversExpected: 0, serversArrived: 0, eventsAnnounced: null, tooLate: 0, judgedAt: null },
});

function stateOf(
  row: Row | undefined,
  { state, revision }: { readonly state: 'ready' | 'complete' | 'sealed'; readonly revision: number },
  estimate: StoredEstimate | undefined,
): WholeWindow['state'] {
  if (row === undefined) return estimate?.isEnough === true ? 'ready' : 'open';
  return revision > 0 && state !== 'sealed' ? 'restated' : state;
}

function serversOf({
  roster,
  received,
  announced,
  found,
  missing,
}: {
  readonly roster: StoredRoster | undefined;
  readonly received: readonly { readonly server: string; readonly received: number }[];
  readonly announced: ReadonlyMap<string, number>;
  readonly found: ReadonlyMap<string, readonly FoundOfServer[]>;
  readonly missing: StoredEstimate['missing'];
}): z.input<typeof serverInWindow>[] {
  const receivedOf = new Map(received.map((one) => [one.server, one.received]));
  const missingOf = new Map(missing.map((one) => [one.server, one]));
  const expected = new Set(roster?.servers);
  const servers = new Set([
    ...expected,
    ...receivedOf.keys(),
    ...announced.keys(),
    ...missingOf.keys(),
    ...found.keys(),
  ]);
  return [...servers].sort().map((server) => ({
    server,
    isExpected: roster === undefined ? null : expected.has(server),
    received: receivedOf.get(server) ?? 0,
    announced: announced.get(server) ?? null,
    missing: missingOf.get(server)?.events ?? null,
    lateProbability: missingOf.get(server)?.lateProbability ?? null,
    findings: (found.get(server) ?? []).map(({ check, state, text }) => ({ check, state, text })),
  }));
}

const told = ({ estimatedMs, intervals, metrics, missing: _, ...estimate }: StoredEstimate) => ({
  ...estimate,
  estimatedAt: new Date(estimatedMs).toISOString(),
  intervals: intervals.map((interval) => ({ ...interval, high: finite(interval.high) })),
  metrics: metrics.map((one) => ({
    metric: one.metric,
    ...{ observed: one.observed ?? null, value: one.value ?? null },
    intervals: one.intervals.map((interval) => ({ confidence: interval.confidence, ...ends(interval) })),
  })),
});

const ends = ({ low, high }: { readonly low: number; readonly high: number }) => ({
  low: finite(low),
  high: finite(high),
});

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
