import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folder of the client programs. */
export const CLIENTS = fileURLToPath(new URL('../clients/', import.meta.url));

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/touchstone-clients/', import.meta.url));

/**
 * A folder with what a client program depends on, resolved once for these sources: `resolve` fills an empty folder. Answers the folder.
 */
export async function resolvedOnce(
  name: string,
  sources: readonly string[],
  resolve: (folder: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256');
  for (const source of sources) digest.update(await readFile(join(CLIENTS, source)));
  const folder = join(CACHE, `${name}-${digest.digest('hex').slice(0, 16)}`);
  const marker = join(folder, '.whole');
  if (existsSync(marker)) return folder;
  // Python writes its own path into what it installs, so the folder is filled where it stays, and marked when it is whole.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await resolve(folder);
  await writeFile(marker, '');
  return folder;
}

/** Runs a program to its end; rejects with what it said when it fails. Answers its standard output. */
export async function output(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { stdout } = await run(program, args, {
    maxBuffer: 64 << 20,
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  return stdout;
}

/** Whether a program can be started. */
export const isInstalled = (program: string, ...args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
