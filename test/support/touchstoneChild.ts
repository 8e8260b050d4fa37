import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Node's own binary, not a wrapper: what is killed is the process itself. */
export const NODE = join(ROOT, 'node_modules/.bin/node');
export const CLI = join(ROOT, 'cli/touchstone.ts');

/** Where a child keeps its state, and how it is configured. */
export interface ChildOptions {
  readonly configFile: string;
  readonly dataDir: string;
  readonly clickhousePort: number;
  /** More of its flags, and of its environment. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `touchstone start` as a process of its own. */
export class TouchstoneChild {
  readonly #process: ChildProcess;
  readonly #port: number;
  /** What it wrote to its standard error, and its log; the end of it. */
  said = '';
  readonly exited: Promise<number | string>;

  constructor({ configFile, dataDir, clickhousePort, args = [], env = {} }: ChildOptions) {
    this.#port = clickhousePort;
    this.#process = spawn(NODE, [CLI, 'start', '--config', configFile, ...args], {
      cwd: ROOT,
      env: { ...environment(dataDir, clickhousePort), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (piece: Buffer) => (this.said = (this.said + piece.toString()).slice(-8_000)));
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        resolve(signal ?? code ?? -1);
      });
    });
  }

  /** Resolves when its ClickHouse answers; rejects when it ends before. */
  async answers(): Promise<void> {
    const url = `http://127.0.0.1:${String(this.#port)}/ping`;
    for (;;) {
      if (this.#process.exitCode !== null) throw new Error(`touchstone start ended by itself: ${this.said}`);
      if (
        await fetch(url).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await wait(20);
    }
  }

  /** Resolves when it says that it is up: its tables are laid out and its roles run. */
  async isUp(): Promise<void> {
    await until('touchstone is up', () => {
      if (this.#process.exitCode !== null) throw new Error(`touchstone start ended by itself: ${this.said}`);
      return this.said.includes('Touchstone is up');
    });
  }

  /** Where its API listens, once it is up. */
  get apiUrl(): string {
    return /^ +API +(\S+)/m.exec(this.said)?.[1] ?? '';
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#process.kill(signal);
  }

  /** Process id of the engine's host, its only child; undefined while there is none. */
  hostPid(): number | undefined {
    return childrenOf(this.#process.pid ?? -1)[0];
  }
}

/** Runs another command of the CLI to its end. */
export async function runCli(
  argv: readonly string[],
  { dataDir, clickhousePort }: Omit<ChildOptions, 'configFile'>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(NODE, [CLI, ...argv], {
    cwd: ROOT,
    env: environment(dataDir, clickhousePort),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => (said.stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.stderr += piece.toString()));
  const code = await new Promise<number>((resolve) => {
    child.once('close', (exit) => {
      resolve(exit ?? -1);
    });
  });
  return { code, ...said };
}

const environment = (dataDir: string, clickhousePort: number): NodeJS.ProcessEnv => ({
  ...process.env,
  OTEL_SDK_DISABLED: 'true',
  TOUCHSTONE_DATA: dataDir,
  TOUCHSTONE_PORT: '0',
  TOUCHSTONE_CLICKHOUSE_PORT: String(clickhousePort),
});

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** Parent of a process by `/proc`: the field after the name in brackets and the state. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds; fails with what it is after `patienceMs`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, patienceMs = 60_000): Promise<void> {
  for (const deadlineMs = Date.now() + patienceMs; !(await holds()); await wait(50))
    if (Date.now() > deadlineMs) throw new Error(`waited ${String(patienceMs / 1_000)} s in vain until ${what}`);
}
