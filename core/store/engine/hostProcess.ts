import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineUser } from './configFiles.ts';
import { HOST_PROGRAM, hostEnvironment } from './hostProgram.ts';
import type { HostUser } from './hostUser.ts';

/** What a host is started with. */
export interface HostParts {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  /** Undefined: as we are. */
  readonly user: HostUser | undefined;
  readonly admin: EngineUser;
  readonly onCrash: (detail: string) => void;
}

/** How long a start may take: opening a folder after a crash took 6 s at most. */
const START_MS = 60_000;
/** An orderly end takes 7 s at most; then it is killed, which loses nothing that was acknowledged. */
const STOP_MS = 20_000;
const RESTART_MS = [200, 500, 1_000, 2_000, 5_000];
/** Tables of the engine's own that the config asks for. */
const LOGS = ['query_log', 'part_log'];
/** Who lived so long did not crash because of the crash before. */
const STEADY_MS = 60_000;

/** Owns the child process and its life. */
export class HostProcess {
  readonly #parts: HostParts;
  #child: ChildProcess | undefined;
  #stopping = false;
  #crashes = 0;
  #said = '';

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it answers; rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const ofEarlierLives = LOGS.map((name) => ({ name, folder: this.#logFolder(name) })).filter(({ folder }) =>
      existsSync(folder),
    );
    const child = this.#spawn();
    const ended = new Promise<string>((told) => {
      child.once('error', (error) => {
        told(`the embedded ClickHouse could not be started: ${error.message}`);
      });
      child.once('exit', (code, signal) => {
        told(this.#reason(code, signal));
      });
    });
    const over = new AbortController();
    try {
      await Promise.race([
        this.#answers(over.signal).then(() => this.#makeRoomFor(ofEarlierLives)),
        ended.then((reason) => {
          throw new Error(reason);
        }),
      ]);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      over.abort();
    }
    const sinceMs = performance.now();
    void ended.then((reason) => {
      if (performance.now() - sinceMs > STEADY_MS) this.#crashes = 0;
      this.#crashed(reason);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((end) => child.once('exit', end));
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(patience);
  }

  #spawn(): ChildProcess {
    const { dataDir, httpPort, tcpPort, user } = this.#parts;
    const child = spawn(process.execPath, [HOST_PROGRAM], {
      ...user,
      env: hostEnvironment({
        configFile: join(dataDir, 'config.xml'),
        path: join(dataDir, 'store'),
        httpPort,
        tcpPort,
      }),
      cwd: dataDir,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    this.#said = '';
    child.stderr.on('data', (piece: Buffer) => (this.#said = (this.#said + piece.toString()).slice(-4_000)));
    this.#child = child;
    return child;
  }

  #reason(code: number | null, signal: string | null): string {
    const locked = this.#said.includes('Cannot lock file') ? 'another process has its data folder open; ' : '';
    const taken = this.#said.includes('Address already in use')
      ? `another program has the port ${String(this.#parts.httpPort)}; choose another one (TOUCHSTONE_CLICKHOUSE_PORT); `
      : '';
    const said = this.#said.trim().split('\n').slice(-3).join(' ');
    return `the embedded ClickHouse ended (${signal ?? String(code)}): ${locked}${taken}${said}`;
  }

  #crashed(detail: string): void {
    if (this.#stopping) return;
    this.#parts.onCrash(detail);
    const delayMs = RESTART_MS[Math.min(this.#crashes++, RESTART_MS.length - 1)] ?? 5_000;
    setTimeout(() => {
      if (!this.#stopping)
        this.start().catch((error: unknown) => {
          this.#crashed(error instanceof Error ? error.message : String(error));
        });
    }, delayMs);
  }

  #logFolder(name: string): string {
    return join(this.#parts.dataDir, 'store', 'data', 'system', name);
  }

  /** The engine keeps no list of its system tables over a restart, and makes none in a folder that is there: logs begin anew with each life. */
  async #makeRoomFor(logs: readonly { readonly name: string; readonly folder: string }[]): Promise<void> {
    for (const { name, folder } of logs)
      if ((await this.#ask(`EXISTS TABLE system.${name}`)) === '0') await rm(folder, { recursive: true, force: true });
  }

  /** Resolves when our host answers: another server on the same port, or another host on the same folder, does not count. */
  async #answers(over: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + START_MS;
    while (!over.aborted) {
      try {
        if ((await this.#ask('SELECT tcpPort()')) === String(this.#parts.tcpPort)) return;
      } catch {
        // not there yet
      }
      if (performance.now() > deadlineMs)
        throw new Error(`the embedded ClickHouse did not answer within ${String(START_MS / 1_000)} s: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async #ask(sql: string): Promise<string> {
    const { httpPort, admin } = this.#parts;
    const url = `http://127.0.0.1:${String(httpPort)}/?query=${encodeURIComponent(sql)}`;
    const headers = { 'X-ClickHouse-User': admin.user, 'X-ClickHouse-Key': admin.password };
    return (await (await fetch(url, { headers })).text()).trim();
  }
}
