import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../../time/wallClock.ts';
import type { Assign, DamageReason, Source, SourceItem } from '../source.ts';
import { parseManifest } from './layout.ts';
import { isMissing, type Listed, listLogs } from './listing.ts';
import { hasUnread, type LogFile } from './logFile.ts';
import { readCompressed, readHead, readPlain, sameHead } from './logReader.ts';

/** What the source reads, and how. */
export interface FilesSourceOptions {
  readonly dirs: readonly string[];
  readonly streams: Iterable<string>;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Bytes per slice, about. */
const SLICE_BYTES = 4 << 20;
/** New files are looked for this often at most; growing ones at each poll. */
const LIST_MS = 1_000;
/** A file without a manifest that has not grown for so long is taken to be closed. */
const CLOSE_AFTER_MS = 3_600_000;
/** The same for a compressed file: its packing is done at once. */
const PACKED_AFTER_MS = 10_000;

/** A tailing reader of log files: each is a partition, the byte position (of the uncompressed bytes) is the offset. */
export class FilesSource implements Source {
  readonly #options: FilesSourceOptions;
  readonly #open = new Map<string, LogFile>();
  /** Files that are read to their end, by stream and partition. */
  readonly #done = new Set<string>();
  #listedAtMs = Number.NEGATIVE_INFINITY;
  #listed = false;

  constructor(options: FilesSourceOptions) {
    this.#options = options;
  }

  isListed(): boolean {
    return this.#listed;
  }

  serversBehind(stream: string): ReadonlySet<string> {
    const behind = new Set<string>();
    for (const file of this.#open.values()) if (file.stream === stream && hasUnread(file)) behind.add(file.server);
    return behind;
  }

  backlogBytes(): number {
    let bytes = 0;
    for (const file of this.#open.values())
      if (hasUnread(file)) bytes += Math.max(0, file.size - (file.compression === 'none' ? file.offset : 0));
    return bytes;
  }

  async *items(assign: Assign, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      let gave = 0;
      await this.#findNew(assign);
      for (const file of [...this.#open.values()].sort(byTime)) {
        for await (const item of this.#readOn(file, signal)) {
          gave++;
          yield item;
        }
        if (isOver()) return;
        await this.#findNew(assign);
      }
      if (gave > 0) continue;
      yield { kind: 'idle' };
      await this.#options.pause(this.#options.pollMs, signal);
    }
  }

  /** Lists the folders and asks where new files are to be begun. */
  async #findNew(assign: Assign): Promise<void> {
    const { dirs, streams, clock } = this.#options;
    const nowMs = clock();
    if (nowMs - this.#listedAtMs < LIST_MS) return;
    const listed = await listLogs(dirs, streams);
    const found: LogFile[] = [];
    for (const log of listed) {
      const known = this.#open.get(keyOf(log));
      if (known !== undefined)
        Object.assign(known, { path: log.path, compression: log.compression, hasManifest: log.hasManifest });
      else if (!this.#done.has(keyOf(log))) found.push(...(await newFile(log, nowMs)));
    }
    const starts = found.length === 0 ? [] : await assign(found);
    for (const [at, file] of found.entries()) {
      const start = starts[at];
      if (start === undefined || start.closed) this.#done.add(keyOf(file));
      else this.#begin(file, start.offset, start.fileHead);
    }
    this.#forgetDeleted(listed);
    this.#listed = true;
    this.#listedAtMs = clock();
  }

  #begin(file: LogFile, offset: number, storedHead: string | undefined): void {
    file.offset = offset;
    this.#open.set(keyOf(file), file);
    if (storedHead !== undefined && storedHead !== '' && offset > 0) file.fileHead = storedHead;
  }

  /** Gives out what a file holds beyond its offset; notices its end, and damage. */
  async *#readOn(file: LogFile, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const { clock } = this.#options;
    try {
      const { size } = await stat(file.path);
      if (size !== file.size) Object.assign(file, { size, grewAtMs: clock() });
      if (file.compression === 'none' && size < file.offset)
        yield this.#damaged(file, 'shrunk', `it has ${String(size)} bytes, ${String(file.offset)} were read`);
      else if (hasUnread(file) && !(await sameHead(file.path, file.fileHead)) && file.compression === 'none')
        yield this.#damaged(file, 'head-changed', 'its beginning is another than when it was first read');
      else {
        const isFinal = file.hasManifest || clock() - file.grewAtMs > this.#quietMs(file);
        if (hasUnread(file) || (isFinal && file.compression === 'none' && file.offset < size))
          yield* file.compression === 'none'
            ? this.#readPlain(file, isFinal, signal)
            : this.#readCompressed(file, isFinal, signal);
        if (!signal.aborted && !hasUnread(file) && isFinal) yield await this.#close(file);
      }
    } catch (error) {
      if (isMissing(error)) yield await this.#close(file);
      else yield this.#damaged(file, 'unreadable', error instanceof Error ? error.message : String(error));
    }
  }

  async *#readPlain(file: LogFile, isFinal: boolean, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const { size } = file;
    while (!signal.aborted) {
      const { bytes, atEnd } = await readPlain(file.path, file.offset, { bytesMax: SLICE_BYTES, isFinal });
      if (bytes.length > 0) yield this.#slice(file, bytes);
      if (!atEnd) continue;
      file.sizeRead = size;
      return;
    }
  }

  /** A compressed log is read when it is whole: a packed stream that still grows cannot be cut at a line. */
  async *#readCompressed(file: LogFile, isFinal: boolean, signal: AbortSignal): AsyncGenerator<SourceItem> {
    if (file.compression === 'none' || !isFinal) return;
    const { size } = file;
    for await (const bytes of readCompressed(file.path, file.compression, {
      offset: file.offset,
      bytesMax: SLICE_BYTES,
    })) {
      yield this.#slice(file, bytes);
      if (signal.aborted) return;
    }
    file.sizeRead = size;
  }

  /** How long a file without a manifest must be quiet to be taken for closed. */
  #quietMs(file: LogFile): number {
    return file.compression === 'none' ? CLOSE_AFTER_MS : PACKED_AFTER_MS;
  }

  #slice(file: LogFile, bytes: Uint8Array): SourceItem {
    const { stream, partition, server, offset, fileHead } = file;
    file.offset += bytes.length;
    return { kind: 'slice', stream, partition, server, bytes, offset, nextOffset: file.offset, fileHead };
  }

  async #close(file: LogFile): Promise<SourceItem> {
    const manifest = file.hasManifest ? parseManifest(await readFile(file.manifestPath, 'utf8')) : undefined;
    this.#finish(file);
    return {
      kind: 'closed',
      stream: file.stream,
      partition: file.partition,
      server: file.server,
      manifest,
      bytesRead: file.offset,
    };
  }

  #damaged(file: LogFile, reason: DamageReason, detail: string): SourceItem {
    this.#finish(file);
    return { kind: 'damaged', stream: file.stream, partition: file.partition, server: file.server, reason, detail };
  }

  #finish(file: LogFile): void {
    this.#open.delete(keyOf(file));
    this.#done.add(keyOf(file));
  }

  /** What is gone from the disk need not be remembered as done. */
  #forgetDeleted(listed: readonly Listed[]): void {
    const present = new Set(listed.map(keyOf));
    for (const key of this.#done) if (!present.has(key)) this.#done.delete(key);
  }
}

/** The file, or nothing when it was deleted since it was listed. */
async function newFile(log: Listed, nowMs: number): Promise<LogFile[]> {
  try {
    const { size } = await stat(log.path);
    return [
      {
        ...log,
        partition: `${log.server}/${log.name}`,
        fileHead: await readHead(log.path),
        offset: 0,
        size,
        sizeRead: -1,
        grewAtMs: nowMs,
      },
    ];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const keyOf = (log: { readonly stream: string; readonly server: string; readonly name: string }): string =>
  `${log.stream}/${log.server}/${log.name}`;

/** Chunks of all servers and streams go forward in time together. */
const byTime = (a: LogFile, b: LogFile): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.server < b.server ? -1 : a.server > b.server ? 1 : 0;
