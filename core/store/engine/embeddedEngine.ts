import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type EngineCluster, type EngineConfig, type EngineUser, serverConfig, usersConfig } from './configFiles.ts';
import { freePort } from './freePort.ts';
import { HostProcess } from './hostProcess.ts';
import { hostUser, type HostUser, passTo } from './hostUser.ts';

/** How an engine is started. */
export interface EngineOptions {
  readonly dataDir: string;
  readonly database: string;
  /** 0 = any free one. */
  readonly httpPort: number;
  /** The same of the native protocol; left out: any free one. */
  readonly nativePort?: number;
  /** Engines that it can ask together; made of this one's own users and native port. */
  readonly cluster?: (itself: EngineUser & { readonly host: string; readonly port: number }) => EngineCluster;
  readonly onCrash?: (detail: string) => void;
  /** Told once when we are root and the engine must be root too, with the reason. */
  readonly onRoot?: (reason: string) => void;
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

/** Folders of the engine's own, within its data folder. */
const FOLDERS = ['store', 'tmp', 'user_files'];

/** Starts the embedded ClickHouse and keeps it running: a crash is noticed, and it is started again on the same ports. */
export async function startEmbeddedEngine(options: EngineOptions): Promise<EmbeddedEngine> {
  const dataDir = resolve(options.dataDir);
  for (const folder of FOLDERS) {
    await mkdir(join(dataDir, folder), { recursive: true });
    // Before the engine fills them: they hold the events, which are nobody else's business.
    await chmod(join(dataDir, folder), 0o700);
  }
  const users = await engineUsers(dataDir);
  const user = await hostUser(dataDir, options.onRoot ?? ((): void => undefined));
  const httpPort = options.httpPort === 0 ? await freePort() : options.httpPort;
  const nativePort = options.nativePort ?? (await freePort());
  const cluster = options.cluster?.({ host: '127.0.0.1', port: nativePort, ...users.admin });
  await writeConfig(dataDir, { database: options.database, ...users, cluster }, user);
  const host = new HostProcess({
    dataDir,
    httpPort,
    tcpPort: nativePort,
    user,
    admin: users.admin,
    onCrash: options.onCrash ?? ((): void => undefined),
  });
  await host.start();
  return {
    url: `http://127.0.0.1:${String(httpPort)}`,
    nativePort,
    ...users,
    pid: () => host.pid,
    stop: () => host.stop(),
  };
}

/** The users' passwords: made once, kept in a file that only we may read. The engine itself knows their digests alone. */
async function engineUsers(dataDir: string): Promise<{ admin: EngineUser; investigator: EngineUser }> {
  const file = join(dataDir, 'users.json');
  const fresh = {
    admin: { user: 'admin', password: secret() },
    investigator: { user: 'investigator', password: secret() },
  };
  await writeFile(file, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return JSON.parse(await readFile(file, 'utf8')) as typeof fresh;
}

/** Writes the engine's two config files anew and gives its folders to its user. */
async function writeConfig(
  dataDir: string,
  config: Omit<EngineConfig, 'dataDir'>,
  user: HostUser | undefined,
): Promise<void> {
  for (const [name, text] of [
    ['config.xml', serverConfig({ dataDir, ...config })],
    ['users.xml', usersConfig({ dataDir, ...config })],
  ] as const) {
    const path = join(dataDir, name);
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  }
  if (user === undefined) return;
  // Others may pass through the folder to what is theirs, but not list it.
  await chmod(dataDir, 0o711);
  await passTo(
    user,
    [...FOLDERS, 'config.xml', 'users.xml'].map((name) => join(dataDir, name)),
  );
}

const secret = (): string => randomBytes(18).toString('base64url');
