import { seededRandom } from '../../../core/findings/random.ts';
import type {
  ArrivalNews,
  Estimator,
  NamedMetric,
  OpenServer,
  OpenWindow,
  WindowEstimate,
} from '../../../core/plugin.ts';

/** One server in one window: what it had, when all of it arrived (Infinity when never), and what its packet says, if there is one. */
export interface SceneCell {
  readonly count: number;
  readonly arrivedAtMs: number;
  readonly announced: number | undefined;
  /** What its events add up to. */
  readonly sums: Readonly<Record<string, number>>;
}

/** Metrics of a scene: a sum, a ratio to the events, and one of two sums. */
export const SCENE_METRICS: readonly NamedMetric[] = [
  { name: 'revenue', metric: { kind: 'value', aggregate: 'revenue' }, where: {} },
  { name: 'fillRate', metric: { kind: 'ratio', numerator: 'filled', denominator: 'events' }, where: {} },
  { name: 'paid', metric: { kind: 'ratio', numerator: 'revenue', denominator: 'filled' }, where: {} },
];

/** What arrives of a small stream: `cells[window][server]`; servers without a cell are not in the roster then. */
export interface Scene {
  readonly windowMs: number;
  readonly latenessMs: number;
  readonly startMs: number;
  readonly regionOf: (server: string) => string;
  readonly cells: readonly ReadonlyMap<string, SceneCell>[];
}

const SETTLED_MS = 3_600_000;
/** Servers not seen in so many windows are forgotten. */
const ROSTER_WINDOWS = 60;
/** Estimates are made at these ages, in windows after a window's end. */
const AGES = [0, 1, 5];

/** Plays windows [from, to) of a scene to an estimator as its host does; `memos` are what the host keeps. Gives all that was said. */
export function host(
  estimator: Estimator,
  scene: Scene,
  { from = 0, to = scene.cells.length, memos = new Map<number, string[]>() } = {},
): { nowMs: number; open: OpenWindow; said: WindowEstimate }[] {
  const all: { nowMs: number; open: OpenWindow; said: WindowEstimate }[] = [];
  const arrivals = arrivalsOf(scene);
  const due = (at: number, laterMs: number): number => at - Math.ceil(laterMs / scene.windowMs);
  for (let at = from; at < to; at++) {
    const nowMs = scene.startMs + (at + 1) * scene.windowMs;
    estimator.hear({ whole: arrivals.get(at) ?? [], beats: beatsIn(scene, at, nowMs), nowMs });
    for (const age of AGES) {
      if (at - age < 0) continue;
      const open = openAt(scene, at - age, nowMs);
      const said = estimator.estimate(open);
      all.push({ nowMs, open, said });
      memos.set(at - age, [...(memos.get(at - age) ?? []), said.memo]);
    }
    const settled = due(at, SETTLED_MS);
    if (settled >= 0) estimator.settle(openAt(scene, settled, nowMs));
    const sealed = due(at, scene.latenessMs);
    if (sealed < 0) continue;
    const { servers } = openAt(scene, sealed, nowMs);
    const events = servers.reduce((sum, { received }) => sum + received, 0);
    const empty = servers.filter(({ whole }) => !whole).length;
    estimator.seal({ events, empty, memos: memos.get(sealed) ?? [], sums: sumsOf(servers) });
    memos.delete(sealed);
    if (at % ROSTER_WINDOWS === 0)
      estimator.keepOnly(new Set(scene.cells.slice(at - ROSTER_WINDOWS, at + 1).flatMap((row) => [...row.keys()])));
  }
  return all;
}

/** Sums of all servers. */
export function sumsOf(servers: readonly Pick<OpenServer, 'sums'>[]): Readonly<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { sums } of servers)
    for (const [name, value] of Object.entries(sums ?? {})) all[name] = (all[name] ?? 0) + value;
  return all;
}

function openAt({ cells, startMs, windowMs, regionOf }: Scene, at: number, nowMs: number): OpenWindow {
  const servers = [...(cells[at] ?? [])].map(([server, { count, arrivedAtMs, announced, sums }]): OpenServer => {
    const isThere = arrivedAtMs <= nowMs;
    const received = isThere ? count : 0;
    const whole = isThere && (count > 0 || announced === 0);
    return { server, region: regionOf(server), received, announced, whole, sums: isThere ? sums : {} };
  });
  const start = startMs + at * windowMs;
  return {
    startMs: start,
    endMs: start + windowMs,
    nowMs,
    servers: servers.sort((a, b) => (a.server < b.server ? -1 : 1)),
  };
}

/** What becomes whole, by the window in which it arrives. */
function arrivalsOf({ cells, startMs, windowMs, regionOf }: Scene): ReadonlyMap<number, ArrivalNews['whole']> {
  const all = cells.flatMap((row, at) =>
    [...row]
      .filter(([, { count, announced }]) => count > 0 || announced === 0)
      .map(([server, { arrivedAtMs }]) => ({
        server,
        region: regionOf(server),
        startMs: startMs + at * windowMs,
        arrivedAtMs,
      })),
  );
  all.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs || a.startMs - b.startMs);
  return Map.groupBy(all, ({ arrivedAtMs }) => Math.ceil((arrivedAtMs - startMs) / windowMs) - 1);
}

const beatsIn = ({ cells }: Scene, at: number, nowMs: number) =>
  [...(cells[at] ?? [])]
    .filter(([, { announced }]) => announced !== undefined)
    .map(([server]) => ({ server, arrivedAtMs: nowMs }));

/** A scene of a seed: servers that stall, alone and together, die for a while, lose windows, come and go; some or all with packets. */
export function busyScene({
  seed,
  windowMs = 60_000,
  windows = 240,
  servers = 8,
  packets = true,
}: {
  seed: string;
  windowMs?: number;
  windows?: number;
  servers?: number;
  packets?: boolean;
}): Scene {
  const random = seededRandom(seed);
  const startMs = Date.UTC(2026, 2, 28, 22) - (Date.UTC(2026, 2, 28, 22) % windowMs);
  const stalledUntil = new Map<string, number>();
  const deadUntil = new Map<string, number>();
  const cells = Array.from({ length: windows }, (_, at) => {
    const endMs = startMs + (at + 1) * windowMs;
    const row = new Map<string, SceneCell>();
    const isStorm = random() < 0.01;
    for (let index = 0; index < servers; index++) {
      const server = `s${String(index).padStart(2, '0')}`;
      if (index % 4 === 3 && Math.floor(at / 50) % 2 === 1) continue;
      if ((isStorm && random() < 0.6) || random() < 0.005) stalledUntil.set(server, endMs + 15 * windowMs * random());
      if (random() < 0.004) deadUntil.set(server, endMs + 20 * windowMs * random());
      const isDead = (deadUntil.get(server) ?? 0) > endMs;
      const isLost = isDead || random() < 0.01;
      const count = isDead ? 0 : Math.floor((50 + 100 * random()) * (1 + (index % 3)));
      const arrivedAtMs = isLost
        ? Infinity
        : Math.max(endMs + 0.8 * windowMs * random(), (stalledUntil.get(server) ?? 0) + 1_000 * random());
      const filled = Math.round(count * (0.4 + 0.1 * (index % 4) + 0.05 * random()));
      const sums = { filled, revenue: filled * (1 + index) * (0.9 + 0.2 * random()) };
      const announced = packets && !isDead && random() < 0.9 ? count : undefined;
      row.set(server, { count, arrivedAtMs, announced, sums });
    }
    return row;
  });
  const regionOf = (server: string): string => `r${Number(server.slice(1)) % 2}`;
  return { windowMs, latenessMs: 90 * windowMs, startMs, regionOf, cells };
}
