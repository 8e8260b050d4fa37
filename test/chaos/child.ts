import { type ChildProcess, spawn } from 'node:child_process';
import { NODE, ROOT } from '../support/touchstoneChild.ts';

/** A command of the CLI as a process that can be killed, stopped and let go on. */
export class Child {
  readonly name: string;
  readonly #argv: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #stopped = false;
  /** Code or signal of its end; undefined while it runs. */
  ended: number | string | undefined = 'not started';
  /** What it wrote, the end of it. */
  said = '';
  /** Called with each line that it writes. */
  onLine: (line: string) => void = () => undefined;

  constructor(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.#argv = argv;
    this.#env = { ...process.env, OTEL_SDK_DISABLED: 'true', TOUCHSTONE_PORT: '0', ...env };
  }

  get isRunning(): boolean {
    return this.ended === undefined;
  }

  /** Starts it; `under` is a program that runs it, such as strace. */
  start(under: readonly string[] = []): void {
    const [program = NODE, ...args] = [...under, NODE, ...this.#argv];
    const child = spawn(program, args, {
      cwd: ROOT,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#process = child;
    this.ended = undefined;
    this.#stopped = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: Buffer) => {
        this.said = (this.said + piece.toString()).slice(-20_000);
        for (const line of piece.toString().split('\n')) if (line !== '') this.onLine(line);
      });
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.ended = signal ?? code ?? -1;
    });
  }

  /** Sends a signal to it, and to whatever runs it. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined || !this.isRunning) return;
    this.#stopped = signal === 'SIGSTOP' ? true : signal === 'SIGCONT' ? false : this.#stopped;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended in this moment.
    }
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.end();
  }

  /** Waits for its end; answers its code or signal. */
  async end(): Promise<number | string> {
    while (this.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    return this.ended;
  }
}
