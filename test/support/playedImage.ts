import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { imageStage, instructions, ROOT, textOf, wordsOf } from './deployFiles.ts';

const USER = imageStage.find(({ name }) => name === 'USER')?.rest ?? '';
const HOME = imageStage.find(({ name }) => name === 'WORKDIR')?.rest ?? '';

/** What must be there to play an image: root, namespaces, and programs of Linux. Answers what is missing. */
export const missingToPlay = (): string | undefined =>
  process.platform !== 'linux'
    ? 'Linux'
    : process.getuid?.() !== 0
      ? 'root'
      : ['unshare', 'chroot', 'setpriv', 'mount'].find(
          (name) => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(join(folder, name))),
        );

/**
 * The image by hand, without a container runtime: the files that the Dockerfile copies and the packages that `npm ci --omit=dev` lays out, as the whole
 * of a read-only root, under the image's user, with node as process 1 of its own namespace. The network and the system's libraries are this machine's.
 */
export class PlayedImage {
  readonly root: string;
  #unshare: ChildProcess | undefined;
  said = '';

  constructor(folder: string, configYaml: string) {
    this.root = join(folder, 'image');
    const app = join(this.root, HOME);
    for (const path of [
      'proc',
      'dev',
      'tmp',
      'usr/lib',
      'usr/lib64',
      'usr/local/bin',
      'etc/touchstone',
      'var/lib/touchstone',
    ])
      mkdirSync(join(this.root, path), { recursive: true });
    for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, join(this.root, name));
    for (const name of ['null', 'urandom']) writeFileSync(join(this.root, 'dev', name), '');
    cpSync(join(ROOT, 'node_modules/node/bin/node'), join(this.root, 'usr/local/bin/node'), { dereference: true });
    for (const [from, to] of copied())
      cpSync(join(ROOT, from), join(app, to.endsWith('/') ? join(to, basename(from)) : to), { recursive: true });
    for (const path of productionPackages()) {
      mkdirSync(dirname(join(app, path)), { recursive: true });
      cpSync(join(ROOT, path), join(app, path), { recursive: true, filter: (from) => !isInner(from, path) });
    }
    writeFileSync(join(this.root, 'etc/touchstone/touchstone.config.yaml'), configYaml);
    // As Kubernetes mounts it from the Secret: not writable, and nor is the folder.
    writeFileSync(join(this.root, 'var/lib/touchstone/api-token'), 'token-of-the-secret\n', { mode: 0o444 });
  }

  /** Starts ENTRYPOINT and CMD. */
  start(env: Readonly<Record<string, string>>): void {
    const script = [
      `R=${this.root}`,
      'mount --bind "$R" "$R"',
      'mount -o remount,bind,ro "$R"',
      'mount -t proc proc "$R/proc"',
      'for d in lib lib64; do mount --bind "/usr/$d" "$R/usr/$d"; mount -o remount,bind,ro "$R/usr/$d"; done',
      'for d in null urandom; do mount --bind "/dev/$d" "$R/dev/$d"; done',
      `exec setpriv --no-new-privs chroot --userspec=${USER} --groups= "$R" "$@"`,
    ].join('\n');
    const [program = '', ...args] = [...wordsOf('ENTRYPOINT'), ...wordsOf('CMD')];
    this.#unshare = spawn(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', script, 'sh', `/usr/local/bin/${program}`, ...args],
      { env: { ...this.environment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#unshare.stdout, this.#unshare.stderr])
      stream?.on('data', (piece: Buffer) => (this.said = (this.said + piece.toString()).slice(-8_000)));
  }

  /** Only what the Dockerfile sets: nothing of this machine's environment. */
  environment(): Record<string, string> {
    const set = imageStage.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(' '));
    const pairs = set.map((pair) => pair.split('=') as [string, string]);
    return { PATH: '/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', ...Object.fromEntries(pairs) };
  }

  /** What the kernel says of the process in the namespace: its ids seen from outside and inside, its users, whether it may gain privileges. */
  status(): Record<string, string> {
    const lines = readFileSync(`/proc/${String(this.#pid())}/status`, 'utf8')
      .trim()
      .split('\n');
    return Object.fromEntries(lines.map((line) => line.split(':\t') as [string, string]));
  }

  /** Sends a signal as a container runtime does: to process 1, from outside. */
  signal(signal: 'SIGTERM'): void {
    process.kill(this.#pid(), signal);
  }

  /** Its exit code, when it has ended. */
  get exitCode(): number | null {
    return this.#unshare?.exitCode ?? null;
  }

  /** Kills what is left of it, and removes its files; the mounts are gone with its namespace. */
  async remove(): Promise<void> {
    if (this.#unshare?.exitCode === null && this.#unshare.signalCode === null) {
      const ended = new Promise((resolve) => this.#unshare?.once('exit', resolve));
      this.#unshare.kill('SIGKILL');
      await ended;
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  #pid(): number {
    const parent = String(this.#unshare?.pid);
    return Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim());
  }
}

/** What the image copies out of the project. */
function copied(): [string, string][] {
  return imageStage
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from='))
    .map(({ rest }) => rest.split(' ') as [string, string]);
}

/** Folders that `npm ci --omit=dev --ignore-scripts` makes, less those that the Dockerfile removes. */
function productionPackages(): string[] {
  const removed =
    /rm -rf (.*)$/.exec(instructions.find(({ name }) => name === 'RUN')?.rest ?? '')?.[1]?.split(' ') ?? [];
  const { packages } = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true && existsSync(join(ROOT, path)))
    .map(([path]) => path)
    .filter((path) => !removed.some((folder) => path.startsWith(`${folder}/`)));
}

/** Whether a path is in a package inside this one: those have entries of their own. A second Node is what install scripts fetch. */
const isInner = (from: string, path: string): boolean => {
  const inside = from.slice(join(ROOT, path).length);
  return inside.startsWith('/node_modules') || (path === 'node_modules/node' && inside.startsWith('/bin'));
};
