import { stat } from 'node:fs/promises';
import type { PartitionId } from '../source.ts';
import type { Compression } from './layout.ts';
import { isMissing, type Listed } from './listing.ts';
import { readHead } from './logReader.ts';

/** A log file that the source knows: where it is and how far it was given out. */
export interface LogFile extends PartitionId {
  /** File name without its endings; chunks of all servers sort by it in time. */
  readonly name: string;
  path: string;
  compression: Compression;
  readonly manifestPath: string;
  fileHead: string;
  /** First offset not given out yet (of the uncompressed bytes). */
  offset: number;
  /** Size at the last look; for a compressed file the packed size. */
  size: number;
  /** Size at the last look but one: a file is looked into when it has changed. */
  sizeRead: number;
  hasManifest: boolean;
  /** Our clock when it last grew. */
  grewAtMs: number;
}

/** Whether bytes are there that could be given out now. */
export const hasUnread = (file: LogFile): boolean => file.size !== file.sizeRead;

/** A file just found; none when it was deleted since it was listed. One that cannot be read is told as damaged when its turn comes. */
export async function newLogFile(log: Listed, nowMs: number): Promise<LogFile[]> {
  const file = {
    ...log,
    topic: log.stream,
    partition: `${log.server}/${log.name}`,
    fileHead: '',
    offset: 0,
    size: 0,
    sizeRead: -1,
    grewAtMs: nowMs,
  };
  try {
    const { size } = await stat(log.path);
    return [{ ...file, size, fileHead: await readHead(log.path) }];
  } catch (error) {
    return isMissing(error) ? [] : [file];
  }
}
