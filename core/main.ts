import type { Config } from './config/config.ts';
import { streamSchemaOf } from './config/streamSchema.ts';
import { startControl } from './pipeline/control.ts';
import { auditStream, saveAudit } from './pipeline/audit.ts';
import { damageFinding } from './pipeline/damage.ts';
import { ingest } from './pipeline/ingest.ts';
import { judge } from './pipeline/judge.ts';
import { type ConfiguredPlugin, configurePlugins } from './pipeline/plugins.ts';
import { batchJudgeOf, streamIngests, streamJudges } from './pipeline/streamSetup.ts';
import { pause } from './pipeline/untilDone.ts';
import type { Plugin } from './plugin.ts';
import { FilesSource } from './sources/files/filesSource.ts';
import type { Connection } from './store/connection.ts';
import { eventTableStatements } from './store/eventTable.ts';
import { IngestStore } from './store/ingestStore.ts';
import { JudgeStore } from './store/judgeStore.ts';
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
  /** Stops reading, stores what was read, ends. */
  stop(): Promise<void>;
  /** Settles when a role has ended by itself, which it should not. */
  readonly ended: Promise<void>;
}

const BEAT_MS = 250;
const SLOW_BEAT_MS = 10_000;
const AUDIT_MS = 30_000;

/** Lays out the tables of the declared streams. */
export async function layOutStreams({
  config,
  connection,
}: Pick<ProcessParts, 'config' | 'connection'>): Promise<void> {
  const { database, retentionDays } = config.clickhouse;
  for (const [name, stream] of Object.entries(config.streams))
    for (const statement of eventTableStatements(streamSchemaOf(name, stream, config.limits.lineBytesMax), {
      database,
      retentionDays,
    }))
      await connection.command(statement);
}

/** Starts the three roles in this process. The database is migrated and the streams are laid out already. */
export async function startProcess(parts: ProcessParts): Promise<Running> {
  const { config, connection, telemetry } = parts;
  const { log, instruments } = telemetry;
  const { database } = config.clickhouse;
  const plugins = configurePlugins(parts.plugins, config.plugins);
  const stop = new AbortController();
  const abandon = new AbortController();
  const failing = { count: 0 };
  const onFailure = (error: unknown): void => {
    failing.count++;
    instruments.count('touchstone.store.failures', 1);
    log.warn({ err: error }, 'the store did not answer as it should; trying again');
  };
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
  const judges = streamJudges(
    { config, plugins, source, judgeStore: new JudgeStore(connection, database), progress, clock: wallClock },
    streams,
  );
  const ingesting = ingest(
    {
      config,
      source,
      streams,
      target: { connection, store, database, signal: abandon.signal, onFailure },
      clock: wallClock,
      progress,
      batchJudge: batchJudgeOf({ config, plugins }, streams),
      onStored: (news, stored) => {
        failing.count = 0;
        instruments.count('touchstone.ingest.events', stored.events);
        instruments.count('touchstone.ingest.problems', stored.problems);
        for (const { stream, windowStartsMs } of news)
          for (const name of concernedBy(config, stream)) judges.get(name)?.moved(windowStartsMs);
      },
      damaged: (item) =>
        damageFinding(item, {
          database,
          windowMs: streams.get(item.stream)?.config.windowMs ?? 60_000,
          nowMs: wallClock(),
        }),
    },
    stop.signal,
  );
  const judging = judge(
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
  instruments.gauge('touchstone.source.backlog_bytes', () => source.backlogBytes());
  const auditing = audit(parts, stop.signal, onFailure);
  const control = startControl({ connection, database, clock: wallClock, log, instruments });
  const roles = [ingesting, judging, auditing];
  return {
    plugins,
    notReady: () =>
      !source.isListed() ? 'the sources are being listed' : failing.count > 0 ? 'the store is away' : undefined,
    ended: Promise.race(roles),
    async stop() {
      stop.abort();
      const patience = setTimeout(() => {
        abandon.abort(new Error('stopped while the store was away'));
      }, 10_000);
      await Promise.allSettled(roles);
      clearTimeout(patience);
      await control.stop();
    },
  };
}

/** A note about packets concerns the streams whose events they announce, too. */
function concernedBy({ streams }: Config, stream: string): readonly string[] {
  const own = streams[stream];
  if (own?.kind !== 'packets') return [stream];
  return Object.entries(streams)
    .filter(([name, other]) => name === stream || other.windowMs === own.windowMs)
    .map(([name]) => name);
}

async function audit(
  { config, connection, telemetry }: ProcessParts,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const { database } = config.clickhouse;
  const holds = new Map<string, number>();
  for (const stream of Object.keys(config.streams))
    telemetry.instruments.gauge('touchstone.audit.holds', () => holds.get(stream) ?? 1, { stream });
  while (!signal.aborted) {
    await pause(AUDIT_MS, signal);
    for (const [stream, { kind }] of Object.entries(config.streams)) {
      if (signal.aborted) return;
      try {
        const result = await auditStream(connection, database, { stream, kind });
        holds.set(stream, result.holds ? 1 : 0);
        await saveAudit(connection, database, result, wallClock());
        if (!result.holds) telemetry.log.error(result, 'the audit does not hold: rows were lost or counted twice');
      } catch (error) {
        onFailure(error);
      }
    }
  }
}
