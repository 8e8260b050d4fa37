import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuSecondsOf } from '../cpuSeconds.ts';
import { CLI, NODE } from '../../test/support/touchstoneChild.ts';
import type { BenchEngine } from './benchEngine.ts';

const START_MS = 60_000;

/** One `touchstone start` of several that share a ClickHouse. */
export class Member {
  readonly #child: ChildProcess;
  #said = '';
  /** CPU seconds that it had used when it said that it is up: starting is not counted. */
  #startCpuS = 0;

  constructor(configFile: string, dataDir: string, { url, admin }: BenchEngine, roles: string) {
    this.#child = spawn(
      NODE,
      [CLI, 'start', '--config', configFile, '--data', dataDir, '--port', '0', '--roles', roles],
      {
        env: {
          ...process.env,
          OTEL_SDK_DISABLED: 'true',
          CLICKHOUSE_URL: url,
          CLICKHOUSE_USER: admin.user,
          CLICKHOUSE_PASSWORD: admin.password,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (piece: Buffer) => (this.#said = (this.#said + piece.toString()).slice(-8_000)));
  }

  /** Resolves when its roles run. */
  async isUp(): Promise<void> {
    for (const deadlineMs = Date.now() + START_MS; !this.#said.includes('Touchstone is up');) {
      if (this.#child.exitCode !== null || Date.now() > deadlineMs)
        throw new Error(`touchstone start did not come up: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#startCpuS = this.#cpuSoFarS();
  }

  /** Since it was up. */
  cpuS(): number {
    return this.#cpuSoFarS() - this.#startCpuS;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`touchstone start ended by itself: ${this.#said}`);
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }

  #cpuSoFarS(): number {
    return cpuSecondsOf(this.#child.pid ?? -1);
  }
}
