import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EngineUser, serverConfig, usersConfig } from './configFiles.ts';

/** How an engine is started. */
export interface EngineOptions {
  readonly dataDir: string;
  readonly database: string;
  /** 0 = any free one. */
  readonly httpPort: number;
  readonly onCrash?: (detail: string) => void;
}

/** A running ClickHouse server in a process of its own. */
export interface EmbeddedEngine {
  readonly url: string;
  readonly nativePort: number;
  readonly admin: EngineUser;
  readonly investigator: EngineUser;
  /** The host's process id; another one after a crash. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** How long a start may take: opening a folder after a crash took 6 s at most. */
const START_MS = 60_000;
const RESTART_MS = [200, 500, 1_000, 2_000, 5_000];

/** Starts the embedded ClickHouse and keeps it running: a crash is noticed, and it is started again on the same ports. */
export async function startEmbeddedEngine(options: EngineOptions): Promise<EmbeddedEngine> {
  const dataDir = resolve(options.dataDir);
  const users = await prepare(dataDir, options.database);
  const httpPort = options.httpPort === 0 ? await freePort() : options.httpPort;
  const host = new Host({
    dataDir,
    httpPort,
    tcpPort: await freePort(),
    onCrash: options.onCrash ?? ((): void => undefined),
  });
  await host.start();
  return {
    url: `http://127.0.0.1:${String(httpPort)}`,
    nativePort: host.tcpPort,
    ...users,
    pid: () => host.pid,
    stop: () => host.stop(),
  };
}

interface HostParts {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly onCrash: (detail: string) => void;
}

/** Owns the child process and its life. */
class Host {
  readonly #parts: HostParts;
  #child: ChildProcess | undefined;
  #stopping = false;
  #crashes = 0;
  #said = '';

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  get tcpPort(): number {
    return this.#parts.tcpPort;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it answers; rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const { dataDir, httpPort, tcpPort } = this.#parts;
    const env = {
      ...process.env,
      TOUCHSTONE_ENGINE: JSON.stringify({
        configFile: join(dataDir, 'config.xml'),
        path: join(dataDir, 'store'),
        httpPort,
        tcpPort,
      }),
    };
    const child = spawn(process.execPath, [fileURLToPath(new URL('host.ts', import.meta.url))], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    this.#child = child;
    this.#said = '';
    child.stderr.on('data', (piece: Buffer) => (this.#said = (this.#said + piece.toString()).slice(-4_000)));
    const exited = new Promise<never>((_, reject) =>
      child.once('exit', (code, signal) => {
        reject(new Error(this.#reason(code, signal)));
      }),
    );
    exited.catch(() => undefined);
    await Promise.race([this.#answers(), exited]);
    child.once('exit', (code, signal) => {
      this.#crashed(this.#reason(code, signal));
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((end) => child.once('exit', end));
    child.kill('SIGTERM');
    await exited;
  }

  #reason(code: number | null, signal: string | null): string {
    const locked = this.#said.includes('Cannot lock file') ? 'another process has its data folder open; ' : '';
    return `the embedded ClickHouse ended (${signal ?? String(code)}): ${locked}${this.#said.trim().split('\n').slice(-3).join(' ')}`;
  }

  #crashed(detail: string): void {
    if (this.#stopping) return;
    this.#parts.onCrash(detail);
    const delayMs = RESTART_MS[Math.min(this.#crashes++, RESTART_MS.length - 1)] ?? 5_000;
    setTimeout(() => {
      if (!this.#stopping)
        this.start().then(
          () => (this.#crashes = 0),
          (error: unknown) => {
            this.#crashed(String(error));
          },
        );
    }, delayMs);
  }

  async #answers(): Promise<void> {
    const deadlineMs = Date.now() + START_MS;
    for (;;) {
      try {
        const response = await fetch(`http://127.0.0.1:${String(this.#parts.httpPort)}/ping`);
        if (response.ok) return;
      } catch {
        if (Date.now() > deadlineMs)
          throw new Error(`the embedded ClickHouse did not answer within ${String(START_MS / 1_000)} s: ${this.#said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Makes the folder, the users (once) and the config files. */
async function prepare(dataDir: string, database: string): Promise<{ admin: EngineUser; investigator: EngineUser }> {
  for (const folder of ['store', 'tmp', 'user_files']) await mkdir(join(dataDir, folder), { recursive: true });
  const usersFile = join(dataDir, 'users.json');
  const fresh = {
    admin: { user: 'admin', password: secret() },
    investigator: { user: 'investigator', password: secret() },
  };
  await writeFile(usersFile, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  const users = JSON.parse(await readFile(usersFile, 'utf8')) as typeof fresh;
  for (const [name, text] of [
    ['config.xml', serverConfig({ dataDir, database, ...users })],
    ['users.xml', usersConfig({ dataDir, database, ...users })],
  ] as const) {
    await writeFile(join(dataDir, name), text, { mode: 0o600 });
    await chmod(join(dataDir, name), 0o600);
  }
  return users;
}

const secret = (): string => randomBytes(18).toString('base64url');

/** A port that nobody listens on at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolvePort(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
