import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

type Event = Readonly<Record<string, unknown>>;

/** How a stream is declared, as far as it decides which lines are events. */
export interface Declared {
  readonly time: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Whole-number fields to add up. */
  readonly sums: readonly string[];
}

/** What the events of one server, or of the whole stream, come to in one window. */
export interface Total {
  events: number;
  readonly sums: Record<string, number>;
}

/** What one log file holds. */
export interface FileTruth {
  readonly stream: string;
  readonly partition: string;
  readonly bytes: number;
  events: number;
  problems: number;
}

/** What log files hold, told by JSON.parse and the declaration alone. */
export interface LogTruth {
  readonly files: readonly FileTruth[];
  /** By `<stream> <server> <window's start>`. */
  readonly servers: ReadonlyMap<string, Total>;
  /** By `<stream> <window's start>`. */
  readonly windows: ReadonlyMap<string, Total>;
  /** The same as `servers`, of every line that is a JSON object with a time: the ledger's view, which knows of no declared types. */
  readonly decodable: ReadonlyMap<string, Total>;
}

const WINDOW_MS = 60_000;
const ENDINGS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['.ndjson', (bytes) => bytes],
  ['.ndjson.gz', (bytes) => gunzipSync(bytes)],
  ['.ndjson.zst', (bytes) => zstdDecompressSync(bytes)],
];

/** Reads all logs under the folders. */
export function truthOf(dirs: readonly string[], streams: Readonly<Record<string, Declared>>): LogTruth {
  const truth = { files: [] as FileTruth[], servers: new Map(), windows: new Map(), decodable: new Map() };
  for (const [stream, declared] of Object.entries(streams))
    for (const { partition, bytes } of dirs.flatMap((dir) => logsIn(join(dir, stream)))) {
      const file = { stream, partition, bytes: bytes.length, events: 0, problems: 0 };
      truth.files.push(file);
      for (const line of bytes.toString('latin1').split('\n')) takeLine(truth, { file, declared }, line);
    }
  return truth;
}

function logsIn(dir: string): { partition: string; bytes: Buffer }[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  return names.flatMap((name) => {
    const [ending, unpack] = ENDINGS.find(([candidate]) => name.endsWith(candidate)) ?? [];
    if (ending === undefined || unpack === undefined) return [];
    return [{ partition: name.slice(0, -ending.length), bytes: unpack(readFileSync(join(dir, name))) }];
  });
}

interface Maps {
  readonly servers: Map<string, Total>;
  readonly windows: Map<string, Total>;
  readonly decodable: Map<string, Total>;
}

function takeLine(maps: Maps, { file, declared }: { file: FileTruth; declared: Declared }, line: string): void {
  // An empty line, or one with a carriage return alone, is nothing.
  if (line === '' || line === '\r') return;
  const event = objectIn(line);
  const timeMs = event?.[declared.time];
  if (event !== undefined && typeof timeMs === 'number')
    add(maps.decodable, keyOf(file.stream, event, timeMs), event, declared);
  if (event === undefined || typeof timeMs !== 'number' || !fits(event, declared)) {
    file.problems++;
    return;
  }
  file.events++;
  add(maps.servers, keyOf(file.stream, event, timeMs), event, declared);
  add(maps.windows, `${file.stream} ${String(windowOf(timeMs))}`, event, declared);
}

function add(totals: Map<string, Total>, key: string, event: Event, { sums }: Declared): void {
  const total = totals.get(key) ?? { events: 0, sums: Object.fromEntries(sums.map((field) => [field, 0])) };
  totals.set(key, total);
  total.events++;
  for (const field of sums) {
    const value = event[field];
    total.sums[field] = (total.sums[field] ?? 0) + (typeof value === 'number' ? value : 0);
  }
}

const windowOf = (timeMs: number): number => Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;
const keyOf = (stream: string, event: Event, timeMs: number): string =>
  `${stream} ${String(event['server'])} ${String(windowOf(timeMs))}`;

const TYPE_OF: Readonly<Record<string, string>> = {
  category: 'string',
  text: 'string',
  integer: 'number',
  number: 'number',
  time: 'number',
  boolean: 'boolean',
};

/** Every declared field is absent, null or of its type; server and time are there. */
const fits = (event: Event, { fields }: Declared): boolean =>
  typeof event['server'] === 'string' &&
  Object.entries(fields).every(([field, type]) => {
    const value = event[field] ?? undefined;
    return value === undefined || (typeof value === TYPE_OF[type] && (type !== 'integer' || Number.isInteger(value)));
  });

function objectIn(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}
