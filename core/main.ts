import type { Config } from './config/config.ts';
import { ControlShare } from './pipeline/control/controlShare.ts';
import type { AuditParts } from './pipeline/control/audit.ts';
import { damageFinding } from './pipeline/ingest/ownFindings.ts';
import { ingest } from './pipeline/ingest/ingest.ts';
import { type Input, inputOf } from './pipeline/input.ts';
import { judge } from './pipeline/judge/judge.ts';
import { JudgeShare } from './pipeline/judge/judgeShare.ts';
import { LimitWatch } from './pipeline/ingest/limitWatch.ts';
import { type ConfiguredPlugin, configurePlugins } from './pipeline/plugins.ts';
import { type Role, ROLES } from './pipeline/role.ts';
import { batchJudgeOf, outlookOf, streamIngests, streamJudge } from './pipeline/streamSetup.ts';
import type { StreamIngest } from './pipeline/ingest/streamIngest.ts';
import type { Plugin } from './plugin.ts';
import { saveAggregateKinds, saveServerCuts } from './store/aggregateKinds.ts';
import { ArrivalStore } from './store/arrivalStore.ts';
import type { Connection } from './store/connection.ts';
import type { EventShards } from './store/eventShards.ts';
import { IngestStore } from './store/ingestStore.ts';
import { JudgeStore } from './store/judgeStore.ts';
import type { Telemetry } from './telemetry.ts';
import { wallClock } from './time/wallClock.ts';
import { Progress } from './windows/progress.ts';

/** What a process is made of. */
export interface ProcessParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly shards: EventShards;
  readonly plugins: readonly Plugin<never>[];
  readonly telemetry: Telemetry;
  /** What this process does; left out: everything. */
  readonly roles?: ReadonlySet<Role>;
}

/** A running process. */
export interface Running {
  readonly plugins: readonly ConfiguredPlugin[];
  /** Why it is not ready to be asked; undefined when it is. */
  notReady(): string | undefined;
  /** Bytes that are there and were not read yet; undefined while the sources are being listed. */
  backlogBytes(): number | undefined;
  /** Windows that are being judged again by this process, since late events moved them or one before them. */
  againWindows(): number;
  /** Stops reading, stores what was read, ends. */
  stop(): Promise<void>;
  /** Settles when a role has ended by itself, which it should not. */
  readonly ended: Promise<void>;
}

const BEAT_MS = 250;
const SLOW_BEAT_MS = 10_000;
const STOP_PATIENCE_MS = 10_000;

/** Starts the roles of this process. The database is migrated and the streams are laid out already. */
export async function startProcess(parts: ProcessParts): Promise<Running> {
  const { config, connection, telemetry, roles = new Set(ROLES) } = parts;
  const { log, instruments } = telemetry;
  const { database } = config.clickhouse;
  const shared = await sharedParts(parts);
  const { stop, abandon, failures, input, judges, onFailure } = shared;
  const world = { connection, database, clock: wallClock, log, instruments };
  const audited = { streams: auditedStreams(shared.streams), onFailure };
  const materialRatioOf = (stream: string): number => config.streams[stream]?.restate.materialRatio ?? 0;
  const rated = { declared: config.streams, materialRatioOf };
  const control = new ControlShare({ ...world, ...audited, ...rated, input, signal: stop.signal });
  const running = [
    ...(roles.has('ingest') ? [startIngest(parts, shared)] : []),
    ...(roles.has('judge') ? [startJudge(parts, shared)] : []),
  ];
  input.share({
    judge: (streams) => {
      judges.take(streams);
    },
    control: (isOurs) => {
      control.take(isOurs);
    },
  });
  const { source } = input;
  instruments.gauge('touchstone.judge.again_windows', () => judges.againWindows());
  instruments.gauge('touchstone.source.backlog_bytes', () => source?.backlogBytes() ?? 0);
  return {
    plugins: shared.plugins,
    notReady: () => input.notReady() ?? (failures.count > 0 ? 'the store is away' : undefined),
    backlogBytes: () => (source === undefined ? 0 : source.isListed() ? source.backlogBytes() : undefined),
    againWindows: () => judges.againWindows(),
    ended: Promise.race(running),
    async stop() {
      stop.abort();
      const patience = setTimeout(() => {
        abandon.abort(new Error('stopped while the store was away'));
      }, STOP_PATIENCE_MS);
      await Promise.allSettled(running);
      clearTimeout(patience);
      await Promise.all([control.stop(), input.close()]);
    },
  };
}

/** What the roles of one process share. */
interface Shared {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly input: Input;
  readonly store: IngestStore;
  readonly progress: Progress;
  readonly streams: ReadonlyMap<string, StreamIngest>;
  readonly judges: JudgeShare;
  /** Failed attempts since something was stored. */
  readonly failures: { count: number };
  readonly stop: AbortController;
  /** Aborts also what must not be lost, when there is no hope. */
  readonly abandon: AbortController;
  readonly onFailure: (error: unknown) => void;
}

async function sharedParts({
  config,
  connection,
  plugins: available,
  telemetry,
  roles = new Set(ROLES),
}: ProcessParts): Promise<Shared> {
  const { database } = config.clickhouse;
  const { instruments, log } = telemetry;
  const plugins = configurePlugins(available, config.plugins);
  const store = new IngestStore(connection, database);
  const progress = new Progress();
  for (const { stream, server, watermarkMs } of await store.watermarks()) progress.advance(stream, server, watermarkMs);
  const streams = streamIngests({ config, plugins });
  const plans = [...streams.values()].map(({ windows }) => windows.plan);
  await saveAggregateKinds(connection, database, plans, wallClock());
  const serverCuts = [...streams].map(([name, { schema }]) => [name, schema.serverField] as const);
  await saveServerCuts(connection, database, new Map(serverCuts), wallClock());
  const failures = { count: 0 };
  const onFailure = (error: unknown): void => {
    failures.count++;
    instruments.count('touchstone.store.failures', 1);
    log.warn({ err: error }, 'the store or the source did not answer as it should; trying again');
  };
  const stop = new AbortController();
  const input = inputOf({ config, roles, connection, store, progress, log, stop: stop.signal, onFailure });
  const setup = { config, plugins, hearing: input.hearing, progress, clock: wallClock, instruments };
  const judges = new JudgeShare({
    judgeOf: (name, fence) => {
      const stream = streams.get(name);
      if (stream === undefined) throw new RangeError(`declare the stream ${name} in the config`);
      return {
        judge: streamJudge(setup, stream, new JudgeStore(connection, database, fence)),
        outlook: outlookOf(setup, stream, new ArrivalStore(connection, database, fence), (error) => {
          log.error({ err: error, stream: name }, 'open windows are not estimated until the process starts again');
        }),
      };
    },
    claims: input.claims,
    clock: wallClock,
    signal: stop.signal,
    onFailure,
  });
  const abandon = new AbortController();
  return { plugins, input, store, progress, streams, judges, failures, stop, abandon, onFailure };
}

function startIngest(
  { config, connection, shards, telemetry: { instruments, log } }: ProcessParts,
  shared: Shared,
): Promise<void> {
  const { database } = config.clickhouse;
  const { plugins, input, store, progress, streams, judges, failures, stop, abandon, onFailure } = shared;
  const { source, claims } = input;
  if (source === undefined) throw new RangeError('there is no source to ingest from');
  return ingest(
    {
      config,
      source,
      streams,
      target: { connection, shards, store, claims, database, signal: abandon.signal, onFailure },
      clock: wallClock,
      progress,
      batchJudge: batchJudgeOf({ config, plugins }, streams),
      limitWatch: new LimitWatch(database, wallClock),
      instruments,
      onStored: (news, stored) => {
        failures.count = 0;
        instruments.count('touchstone.ingest.events', stored.events);
        instruments.count('touchstone.ingest.problems', stored.problems);
        for (const { stream, partition, offset } of stored.positions) input.stored(stream, partition, offset);
        for (const { stream, windowStartsMs } of news)
          for (const name of concernedBy(config, stream)) judges.streams().get(name)?.judge.moved(windowStartsMs);
      },
      onInDoubt: (rows) => {
        instruments.count('touchstone.ingest.rows_in_doubt', rows);
        log.info({ rows }, 'partitions were opened that had rows above their commits: they are not stored again');
      },
      damaged: (item) => {
        const windowMs = streams.get(item.stream)?.config.windowMs ?? 60_000;
        return damageFinding(item, { database, windowMs, nowMs: wallClock() });
      },
    },
    stop.signal,
  );
}

function startJudge(
  { telemetry: { instruments } }: ProcessParts,
  { judges, failures, onFailure, stop }: Shared,
): Promise<void> {
  return judge(
    {
      streams: () => judges.streams(),
      beatMs: BEAT_MS,
      slowBeatMs: SLOW_BEAT_MS,
      onFailure,
      onFenced: (stream, judged) => {
        judges.lost(stream, judged);
      },
      onJudged: (stream, judged) => {
        failures.count = 0;
        instruments.count('touchstone.judge.windows', judged.windows, { stream });
        instruments.count('touchstone.judge.findings', judged.findings, { stream });
        instruments.count('touchstone.judge.restated', judged.restated, { stream });
      },
    },
    stop.signal,
  );
}

/** A note about packets concerns the streams whose events they announce, too. */
function concernedBy({ streams }: Config, stream: string): readonly string[] {
  const own = streams[stream];
  if (own?.kind !== 'packets') return [stream];
  return Object.entries(streams)
    .filter(([name, other]) => name === stream || other.windowMs === own.windowMs)
    .map(([name]) => name);
}

/** What the audit needs of the declared streams. */
const auditedStreams = (streams: Shared['streams']): AuditParts['streams'] =>
  [...streams].map(([stream, { schema, config }]) => ({
    stream,
    kind: schema.kind,
    serverCut: schema.serverField,
    windowMs: config.windowMs,
  }));
