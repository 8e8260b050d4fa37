import type { PartitionId } from '../source.ts';
import type { Compression } from './layout.ts';

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
