import type { Manifest } from '../source.ts';

/** How a log file is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** A log file by its name: `<name>.ndjson`, `.ndjson.gz` or `.ndjson.zst`. */
export interface LogName {
  readonly name: string;
  readonly compression: Compression;
}

const ENDINGS: readonly (readonly [string, Compression])[] = [
  ['.ndjson', 'none'],
  ['.ndjson.gz', 'gzip'],
  ['.ndjson.zst', 'zstd'],
];

/** The log that a file name stands for; undefined when it is no log file. */
export function logNameOf(fileName: string): LogName | undefined {
  for (const [ending, compression] of ENDINGS)
    if (fileName.endsWith(ending) && fileName.length > ending.length)
      return { name: fileName.slice(0, -ending.length), compression };
  return undefined;
}

/** Name of the manifest that closes a log. */
export const manifestName = (name: string): string => `${name}.manifest.json`;

/** A manifest from its text; undefined when it is not (yet) one. Numbers that are missing are 0, texts ''. */
export function parseManifest(text: string): Manifest | undefined {
  const raw = parsed(text);
  if (raw === undefined) return undefined;
  const number = (key: keyof Manifest): number =>
    typeof raw[key] === 'number' && Number.isFinite(raw[key]) ? raw[key] : 0;
  const word = (key: keyof Manifest): string => (typeof raw[key] === 'string' ? raw[key] : '');
  return {
    server: word('server'),
    stream: word('stream'),
    file: word('file'),
    boot: number('boot'),
    seq: number('seq'),
    build: word('build'),
    firstEventMs: number('firstEventMs'),
    lastEventMs: number('lastEventMs'),
    events: number('events'),
    bytes: number('bytes'),
    crc32c: word('crc32c'),
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
