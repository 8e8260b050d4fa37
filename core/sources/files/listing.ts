import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Compression, logNameOf, manifestName } from './layout.ts';

/** A log file found on disk. */
export interface Listed {
  readonly stream: string;
  readonly server: string;
  readonly name: string;
  readonly path: string;
  readonly compression: Compression;
  readonly manifestPath: string;
  readonly hasManifest: boolean;
}

/** All log files of the wanted streams under `dirs`, laid out as `<dir>/<stream>/<server>/<name>.ndjson[.gz|.zst]`, sorted by name. */
export async function listLogs(dirs: readonly string[], streams: Iterable<string>): Promise<Listed[]> {
  const wanted = [...streams];
  const perServer = await Promise.all(
    dirs.flatMap((dir) =>
      wanted.map(async (stream) => {
        const servers = await entries(join(dir, stream));
        return Promise.all(servers.map((server) => logsOf({ stream, server }, join(dir, stream, server))));
      }),
    ),
  );
  return perServer.flat(2).sort((a, b) => compare(a.name, b.name) || compare(a.server, b.server));
}

/** The log files in one server's folder. */
export async function logsOf(
  { stream, server }: { readonly stream: string; readonly server: string },
  dir: string,
): Promise<Listed[]> {
  const names = await entries(dir);
  const present = new Set(names);
  const logs = new Map<string, Listed>();
  for (const fileName of names) {
    const log = logNameOf(fileName);
    if (log === undefined) continue;
    const manifest = manifestName(log.name);
    const listed = {
      stream,
      server,
      ...log,
      path: join(dir, fileName),
      manifestPath: join(dir, manifest),
      hasManifest: present.has(manifest),
    };
    // While a shipper compresses a log both forms are there: the plain one is read, as long as it is there.
    if (log.compression === 'none' || !logs.has(log.name)) logs.set(log.name, listed);
  }
  return [...logs.values()];
}

/** Names in a folder; none when it is not there (yet). */
async function entries(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The file or folder is not there, or is no folder. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
