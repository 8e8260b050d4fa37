import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What tells a file from another. */
export interface FilePrint {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file that is written whole under a name that no reader takes for data, and waits for its own. */
export interface WrittenFile extends FilePrint {
  /** Gives it its name, in the place of an older one. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** Writes pieces as they come. Rejects as `pieces` or the disk do, and leaves nothing then. */
export async function writeAside(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<WrittenFile> {
  const aside = join(dirname(path), `.${basename(path)}.${String(process.pid)}.tmp`);
  const drop = (): Promise<void> => rm(aside, { force: true });
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(aside, 'w');
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece);
        hash.update(piece);
        bytes += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { bytes, sha256: hash.digest('hex'), keep: () => rename(aside, path), drop };
}

/** Writes a text whole, or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await (await writeAside(path, [Buffer.from(text)])).keep();
}

/** Removes what a killed process left aside. */
export async function sweep(dir: string): Promise<void> {
  for (const name of await readdir(dir)) if (/^\..+\.\d+\.tmp$/.test(name)) await rm(join(dir, name), { force: true });
}

/** Whether there is anything of this name. */
export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether a file is there and is the one of this print; by its length alone, unless its bytes are to be read. */
export async function isFile(path: string, print: FilePrint, readsBytes: boolean): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== print.bytes) return false;
  if (!readsBytes) return true;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex') === print.sha256;
}
