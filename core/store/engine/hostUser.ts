import { spawn } from 'node:child_process';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST_PROGRAM, hostEnvironment } from './hostProgram.ts';

/** A numeric user and group; they need no name. */
export interface HostUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom the engine runs as when we are root: nobody else. From the range 61184 to 65519, which systemd keeps for users without a name,
 * so that no line of /etc/passwd has it.
 */
export const ENGINE_USER: HostUser = { uid: 63_210, gid: 63_210 };

const ROOT: HostUser = { uid: 0, gid: 0 };

/**
 * Whom to run the host as; undefined when we are no root and it runs as we do. When the user of its own cannot read what it needs
 * (a checkout below a home folder of mode 0700), it stays root and `onRoot` is told why.
 */
export async function hostUser(dataDir: string, onRoot: (reason: string) => void): Promise<HostUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // Whoever tries to reach the folders within must be let through.
  await chmod(dataDir, 0o711);
  const problem = await whyNot(ENGINE_USER, dataDir);
  if (problem === undefined) return ENGINE_USER;
  onRoot(
    `the embedded ClickHouse runs as root, so whoever may query it can read files that only root may read: its own user ${String(ENGINE_USER.uid)} ${problem}`,
  );
  return ROOT;
}

/** Runs the host as that user far enough to see that it can: it loads its modules, opens the library and reaches its folder. */
function whyNot(user: HostUser, dataDir: string): Promise<string | undefined> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [HOST_PROGRAM], {
      ...user,
      env: hostEnvironment({ probe: dataDir }),
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
    });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    child.once('error', (error) => {
      settle(`cannot run ${process.execPath} (${error.message})`);
    });
    child.once('close', (code, signal) => {
      const line = said.split('\n').find((text) => /EACCES|permission denied|Cannot find/i.test(text)) ?? said.trim();
      settle(code === 0 ? undefined : `cannot use what it needs (${line || (signal ?? String(code))})`);
    });
  });
}

/**
 * Gives files, and folders with all in them, to a user. A folder gets its owner after what is in it: one that is the user's already
 * was given whole, also when an earlier start was interrupted.
 */
export async function passTo(user: HostUser, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const known = await lstat(path);
    if (known.uid === user.uid && known.gid === user.gid) continue;
    if (known.isDirectory()) {
      const names = await readdir(path);
      await passTo(
        user,
        names.map((name) => join(path, name)),
      );
    }
    // A link is given itself, never what it points to.
    await lchown(path, user.uid, user.gid);
  }
}
