import { join } from 'node:path';
import { type ClosableConnection, connectClickHouse } from '../../core/store/clickhouse.ts';
import type { EngineUser } from '../../core/store/engine/configFiles.ts';
import {
  type EmbeddedEngine,
  type EngineOptions,
  startEmbeddedEngine,
} from '../../core/store/engine/embeddedEngine.ts';
import { openFolder } from './openFolder.ts';

/** A real engine with the database `touchstone`, on free ports and a folder of its own. */
export interface TestEngine {
  readonly engine: EmbeddedEngine;
  readonly dataDir: string;
  readonly admin: ClosableConnection;
  readonly crashes: readonly string[];
  /** Why it runs as root, when it does. */
  readonly rootReasons: readonly string[];
  /** Sends SQL over plain HTTP. */
  readonly ask: (user: EngineUser, sql: string, settings?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

/** What ClickHouse said: its text, and its error code when it refused. */
export interface Answer {
  readonly text: string;
  readonly code: number | undefined;
}

/** Starts one; `options`: its cluster, its ports. */
export async function startTestEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const folder = await openFolder();
  const crashes: string[] = [];
  const rootReasons: string[] = [];
  const dataDir = join(folder.path, 'clickhouse');
  const engine = await startEmbeddedEngine({
    dataDir,
    database: 'touchstone',
    httpPort: 0,
    onCrash: (detail) => crashes.push(detail),
    onRoot: (reason) => rootReasons.push(reason),
    ...options,
  });
  const admin = connectClickHouse({ url: engine.url, ...engine.admin });
  await admin.command('CREATE DATABASE IF NOT EXISTS touchstone');
  return {
    engine,
    dataDir,
    admin,
    crashes,
    rootReasons,
    ask: (user, sql, settings = {}) => askHttp(engine.url, user, sql, settings),
    async stop() {
      await admin.close();
      await engine.stop();
      await folder.remove();
    },
  };
}

async function askHttp(
  url: string,
  { user, password }: EngineUser,
  sql: string,
  settings: Readonly<Record<string, string>>,
): Promise<Answer> {
  const target = new URL(url);
  for (const [name, value] of Object.entries(settings)) target.searchParams.set(name, value);
  const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
  const response = await fetch(target, { method: 'POST', headers, body: sql });
  const code = response.headers.get('x-clickhouse-exception-code');
  return { text: (await response.text()).trim(), code: code === null ? undefined : Number(code) };
}
