import type { Config } from './config/config.ts';
import { streamSchemaOf } from './config/streamSchema.ts';
import { startControl } from './pipeline/control.ts';
import { audit, type AuditParts } from './pipeline/audit.ts';
import { damageFinding } from './pipeline/ownFindings.ts';
import { ingest } from './pipeline/ingest.ts';
import { judge } from './pipeline/judge.ts';
import { LimitWatch } from './pipeline/limitWatch.ts';
import { type ConfiguredPlugin, configurePlugins } from './pipeline/plugins.ts';
import { batchJudgeOf, streamIngests, streamJudges } from './pipeline/streamSetup.ts';
import { pause } from './pipeline/untilDone.ts';
import type { StreamIngest } from './pipeline/streamIngest.ts';
import type { StreamJudge } from './pipeline/streamJudge.ts';
import type { Plugin } from './plugin.ts';
import { FilesSource } from './sources/files/filesSource.ts';
import { saveAggregateKinds } from './store/aggregateKinds.ts';
import type { Connection } from './store/connection.ts';
import { eventTableStatements } from './store/eventTable.ts';
import { IngestStore } from './store/ingestStore.ts';
import { JudgeStore } from './store/judgeStore.ts';
import { widenColumns } from './store/widenColumns.ts';
import type { Telemetry } from './telemetry.ts';
import { wallClock } from './time/wallClock.ts';
import { Progress } from './windows/progress.ts';

/** What a process is made of. */
export interface ProcessParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly plugins: readonly Plugin<never>[];
  readonly telemetry: Telemetry;
}

/** A running process. */
export interface Running {
  readonly plugins: readonly ConfiguredPlugin[];
  /** Why it is not ready to be asked; undefined when it is. */
  notReady(): string | undefined;
  /** Bytes that are there and were not read yet; undefined while the sources are being listed. */
  backlogBytes(): number | undefined;
  /** Stops reading, stores what was read, ends. */
  stop(): Promise<void>;
  /** Settles when a role has ended by itself, which it should not. */
  readonly ended: Promise<void>;
}

const BEAT_MS = 250;
const SLOW_BEAT_MS = 10_000;
const STOP_PATIENCE_MS = 10_000;

/** Lays out the tables of the declared streams. Throws RangeError where what is stored does not fit what is declared. */
export async function layOutStreams({
  config,
  connection,
}: Pick<ProcessParts, 'config' | 'connection'>): Promise<void> {
  const { database, retentionDays } = config.clickhouse;
  for (const [name, stream] of Object.entries(config.streams)) {
    const schema = streamSchemaOf(name, stream, config.limits.lineBytesMax);
    for (const statement of eventTableStatements(schema, { database, retentionDays }))
      await connection.command(statement);
    await widenColumns(connection, database, schema);
  }
}

/** Starts the three roles in this process. The database is migrated and the streams are laid out already. */
export async function startProcess(parts: ProcessParts): Promise<Running> {
  const { config, connection, telemetry } = parts;
  const { log, instruments } = telemetry;
  const { database } = config.clickhouse;
  const shared = await sharedParts(parts);
  const { stop, abandon, failures, source, streams, onFailure } = shared;
  const world = { connection, database, clock: wallClock, log, instruments };
  const roles = [
    startIngest(parts, shared),
    startJudge(parts, shared),
    audit({ ...world, streams: auditedStreams(streams), onFailure }, stop.signal),
  ];
  const control = startControl(world);
  instruments.gauge('touchstone.source.backlog_bytes', () => source.backlogBytes());
  return {
    plugins: shared.plugins,
    notReady: () =>
      !source.isListed() ? 'the sources are being listed' : failures.count > 0 ? 'the store is away' : undefined,
    backlogBytes: () => (source.isListed() ? source.backlogBytes() : undefined),
    ended: Promise.race(roles),
    async stop() {
      stop.abort();
      const patience = setTimeout(() => {
        abandon.abort(new Error('stopped while the store was away'));
      }, STOP_PATIENCE_MS);
      await Promise.allSettled(roles);
      clearTimeout(patience);
      await control.stop();
    },
  };
}

/** What the roles of one process share. */
interface Shared {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly source: FilesSource;
  readonly store: IngestStore;
  readonly progress: Progress;
  readonly streams: ReadonlyMap<string, StreamIngest>;
  readonly judges: ReadonlyMap<string, StreamJudge>;
  /** Failed attempts since something was stored. */
  readonly failures: { count: number };
  readonly stop: AbortController;
  /** Aborts also what must not be lost, when there is no hope. */
  readonly abandon: AbortController;
  readonly onFailure: (error: unknown) => void;
}

async function sharedParts({ config, connection, plugins: available, telemetry }: ProcessParts): Promise<Shared> {
  const { database } = config.clickhouse;
  const { instruments } = telemetry;
  const plugins = configurePlugins(available, config.plugins);
  const store = new IngestStore(connection, database);
  const progress = new Progress();
  for (const { stream, server, watermarkMs } of await store.watermarks()) progress.advance(stream, server, watermarkMs);
  const source = new FilesSource({
    dirs: config.source.dirs,
    streams: Object.keys(config.streams),
    pollMs: config.source.pollMs,
    clock: wallClock,
    pause,
  });
  const streams = streamIngests({ config, plugins });
  const plans = [...streams.values()].map(({ windows }) => windows.plan);
  await saveAggregateKinds(connection, database, plans, wallClock());
  const judgeStore = new JudgeStore(connection, database);
  const failures = { count: 0 };
  return {
    plugins,
    source,
    store,
    progress,
    streams,
    judges: streamJudges({ config, plugins, source, judgeStore, progress, clock: wallClock, instruments }, streams),
    failures,
    stop: new AbortController(),
    abandon: new AbortController(),
    onFailure: (error) => {
      failures.count++;
      instruments.count('touchstone.store.failures', 1);
      telemetry.log.warn({ err: error }, 'the store did not answer as it should; trying again');
    },
  };
}

function startIngest({ config, connection, telemetry: { instruments } }: ProcessParts, shared: Shared): Promise<void> {
  const { database } = config.clickhouse;
  const { plugins, source, store, progress, streams, judges, failures, stop, abandon, onFailure } = shared;
  return ingest(
    {
      config,
      source,
      streams,
      target: { connection, store, database, signal: abandon.signal, onFailure },
      clock: wallClock,
      progress,
      batchJudge: batchJudgeOf({ config, plugins }, streams),
      limitWatch: new LimitWatch(database, wallClock),
      instruments,
      onStored: (news, stored) => {
        failures.count = 0;
        instruments.count('touchstone.ingest.events', stored.events);
        instruments.count('touchstone.ingest.problems', stored.problems);
        for (const { stream, windowStartsMs } of news)
          for (const name of concernedBy(config, stream)) judges.get(name)?.moved(windowStartsMs);
      },
      damaged: (item) => {
        const windowMs = streams.get(item.stream)?.config.windowMs ?? 60_000;
        return damageFinding(item, { database, windowMs, nowMs: wallClock() });
      },
    },
    stop.signal,
  );
}

function startJudge({ telemetry: { instruments } }: ProcessParts, { judges, onFailure, stop }: Shared): Promise<void> {
  return judge(
    {
      streams: judges,
      beatMs: BEAT_MS,
      slowBeatMs: SLOW_BEAT_MS,
      onFailure,
      onJudged: (stream, judged) => {
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
