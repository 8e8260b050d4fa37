import type { Config } from '../config/config.ts';
import { estimatedMetrics, summedAggregates } from '../config/estimatedMetrics.ts';
import { packetsFor } from '../config/packetsFor.ts';
import type { EvidenceTable } from '../findings/evidence.ts';
import { ORIGIN_COLUMNS } from '../store/eventTable.ts';
import type { ArrivalStore } from '../store/arrivalStore.ts';
import type { JudgeStore, JudgeTables } from '../store/judgeStore.ts';
import { type Instruments, untraced } from '../telemetry.ts';
import { asArrivalTimeMs } from '../time/eventTime.ts';
import { windowAt } from '../time/window.ts';
import type { Clock } from '../time/wallClock.ts';
import type { AggregationPlan } from '../windows/plan.ts';
import { namedMetrics } from '../windows/planOf.ts';
import type { Progress } from '../windows/progress.ts';
import { isReady, type ServerStanding } from '../windows/readiness.ts';
import { rosterTermsOf } from '../windows/roster.ts';
import { BatchJudge } from './ingest/batchJudge.ts';
import { GuardedCheck } from './judge/guardedCheck.ts';
import { Outlook } from './judge/outlook.ts';
import { WindowSums } from './judge/windowSums.ts';
import { aggregatesOf, type ConfiguredPlugin, judging } from './plugins.ts';
import { StreamIngest } from './ingest/streamIngest.ts';
import { type JudgingCheck, StreamJudge, type StreamJudgeParts } from './judge/streamJudge.ts';

/** What the roles share. */
export interface SetupParts {
  readonly config: Config;
  readonly plugins: readonly ConfiguredPlugin[];
  readonly hearing: Hearing;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly instruments: Instruments;
}

/** What is known of that which is there and was not stored yet. */
export interface Hearing {
  /** False until everything that is there at the start was listed: before that nobody can say who is behind. */
  isListed(): boolean;
  /** Servers of which events of this stream are there that were not stored yet. */
  serversBehind(stream: string): ReadonlySet<string>;
  /** Everything that was there at this time is stored, as far as that is not told by server, epoch ms. */
  heardMs(stream: string): number;
}

/** The ingesting side of every declared stream. */
export function streamIngests({
  config,
  plugins,
}: Pick<SetupParts, 'config' | 'plugins'>): ReadonlyMap<string, StreamIngest> {
  return new Map(
    Object.entries(config.streams).map(([name, stream]) => [
      name,
      new StreamIngest(name, config, aggregatesOf(plugins, stream.kind)),
    ]),
  );
}

/** Checks that judge batches, by stream. */
export function batchJudgeOf(
  parts: Pick<SetupParts, 'config' | 'plugins'>,
  streams: ReadonlyMap<string, StreamIngest>,
): BatchJudge {
  const byStream = [...streams].map(([name, stream]) => {
    const checks = checksOf(parts, stream).filter((check) => check.judgesBatches());
    return [name, { windowMs: stream.config.windowMs, checks }] as const;
  });
  return new BatchJudge(new Map(byStream));
}

/** Judges over windows that are all there: every one that ends by `untilMs` is ready. */
export function judgesOver(
  parts: Pick<SetupParts, 'config' | 'plugins' | 'clock'>,
  streams: ReadonlyMap<string, StreamIngest>,
  store: JudgeStore,
  untilMs: number,
): ReadonlyMap<string, StreamJudge> {
  const judgeOf = (stream: StreamIngest): StreamJudge =>
    new StreamJudge({
      ...judgeParts(parts, stream),
      store,
      inSpan: untraced,
      isReady: (startMs) => startMs + stream.config.windowMs <= untilMs,
    });
  return new Map([...streams].map(([name, stream]) => [name, judgeOf(stream)]));
}

/** How a judge goes over windows without a live run. */
export interface OverOptions {
  readonly store: JudgeTables;
  /** Windows that end by then are all there. */
  readonly untilMs: number;
  readonly spanWindows: number;
  readonly alsoShown: readonly JudgingCheck[];
}

/**
 * A judge that goes forward only, and whose checks are not quarantined for their slowness: the clock of the machine has no say in what it finds.
 */
export function judgeOver(
  parts: Pick<SetupParts, 'config' | 'plugins'>,
  stream: StreamIngest,
  { store, untilMs, spanWindows, alsoShown }: OverOptions,
): StreamJudge {
  const standingStill = { clock: () => asArrivalTimeMs(0), stopwatch: () => 0 };
  const judging = judgeParts({ ...parts, ...standingStill }, stream);
  return new StreamJudge({
    ...judging,
    checks: [...judging.checks, ...alsoShown],
    ...{ store, spanWindows, keepsSnapshots: false, inSpan: untraced },
    isReady: (startMs) => startMs + stream.config.windowMs <= untilMs,
  });
}

/** The judging side of a declared stream. */
export function streamJudge(parts: SetupParts, stream: StreamIngest, store: JudgeStore): StreamJudge {
  const { plan } = stream.windows;
  return new StreamJudge({
    ...judgeParts(parts, stream),
    store,
    inSpan: parts.instruments.span,
    isReady: (startMs) => windowIsReady(parts, plan, startMs),
  });
}

/** What says of a stream of events what its open windows will come to; undefined where no plugin does. */
export function outlookOf(
  { config, plugins, hearing, clock }: SetupParts,
  { schema, config: stream }: StreamIngest,
  store: ArrivalStore,
  onBroken: (error: unknown) => void,
): Outlook | undefined {
  const chosen = plugins.find(({ plugin }) => plugin.estimator !== undefined);
  if (stream.kind !== 'events' || chosen?.plugin.estimator === undefined) return undefined;
  const { windowMs, latenessMs, ready } = stream;
  const confidences = [...new Set([0.8, 0.95, ready?.confidence ?? 0.95])].sort();
  const asked = estimatedMetrics(stream);
  const metrics = namedMetrics(asked);
  return new Outlook({
    roster: rosterTermsOf(stream.roster),
    ...{ stream: schema.name, windowMs, latenessMs, ready, store, onBroken },
    sums: new WindowSums({
      ...{ stream: schema.name, cut: schema.serverField, aggregates: summedAggregates(asked), store: store.sums },
    }),
    packets: packetsFor(config, schema.name),
    estimator: chosen.plugin.estimator(chosen.options, {
      stream: schema.name,
      windowMs,
      latenessMs,
      confidences,
      metrics,
    }),
    heardMs: () => (hearing.isListed() ? Math.min(clock(), hearing.heardMs(schema.name)) : Number.NEGATIVE_INFINITY),
  });
}

function judgeParts(
  parts: Pick<SetupParts, 'config' | 'plugins' | 'clock'> & { readonly stopwatch?: () => number },
  stream: StreamIngest,
): Omit<StreamJudgeParts, 'store' | 'isReady' | 'inSpan'> {
  const { plan } = stream.windows;
  return {
    plan,
    serverCut: stream.schema.serverField,
    packets: packetsFor(parts.config, plan.stream),
    latenessMs: stream.config.latenessMs,
    roster: rosterTermsOf(stream.config.roster),
    checks: checksOf(parts, stream),
    nowMs: parts.clock,
  };
}

function checksOf(
  { config, plugins, stopwatch }: Pick<SetupParts, 'config' | 'plugins'> & { readonly stopwatch?: () => number },
  stream: StreamIngest,
): readonly GuardedCheck[] {
  const guard = {
    plan: stream.windows.plan,
    streamKind: stream.schema.kind,
    table: evidenceTable(config, stream),
    checkMsMax: config.limits.checkMsMax,
    stopwatch: stopwatch ?? (() => performance.now()),
  };
  return judging(plugins, stream.schema.kind).map((plugin) => new GuardedCheck(plugin, guard));
}

const evidenceTable = (config: Config, { schema }: StreamIngest): EvidenceTable => ({
  database: config.clickhouse.database,
  stream: schema.name,
  columns: new Set(['server', ...[...ORIGIN_COLUMNS, ...schema.fields].map(({ name }) => name)]),
});

/** Asks after every server that was ever heard of in the stream; readiness gives up on those that were silent before the window already. */
function windowIsReady(
  { config, hearing, progress, clock }: SetupParts,
  plan: AggregationPlan,
  startMs: number,
): boolean {
  const stream = config.streams[plan.stream];
  if (stream === undefined || !hearing.isListed()) return false;
  const packets = packetsFor(config, plan.stream);
  const behind = hearing.serversBehind(plan.stream);
  const packetsBehind = packets === undefined ? undefined : hearing.serversBehind(packets);
  const standing = (server: string): ServerStanding => ({
    newestMs: progress.newestMs(plan.stream, server),
    packetMs: packets === undefined ? Number.NEGATIVE_INFINITY : progress.newestMs(packets, server),
    behind: behind.has(server),
    packetsBehind: packetsBehind?.has(server) ?? false,
  });
  const heardMs = Math.min(hearing.heardMs(plan.stream), packets === undefined ? Infinity : hearing.heardMs(packets));
  const terms = { ...stream, nowMs: clock(), fleetNewestMs: progress.fleetNewestMs(plan.stream), heardMs };
  const servers = new Set([...progress.servers(plan.stream), ...behind]);
  return isReady(windowAt(startMs, plan.windowMs), [...servers].map(standing), terms);
}
