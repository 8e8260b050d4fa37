import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder. */
export interface OpenFolder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** A temporary folder that others may pass through (not list), as the engine's own user must when we are root; removed by `remove`. */
export async function openFolder(): Promise<OpenFolder> {
  const path = await mkdtemp(join(tmpdir(), 'touchstone-'));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
