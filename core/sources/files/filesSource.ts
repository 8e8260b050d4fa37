import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../time/wallClock.ts';
import type { DamageReason, Manifest, PartitionId, Reader, Source, SourceItem } from '../source.ts';
import { isMissing, type Listed, listLogs, logsOf } from './listing.ts';
import { hasUnread, type LogFile, newLogFile } from './logFile.ts';
import { isWholeHead, readCompressed, readHead, readPlain, sameHead } from './logReader.ts';
import { readManifest } from './manifestFile.ts';

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
/** A compressed file without a manifest that has not grown for so long is whole: its packing is done at once. */
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

  /** Servers of which bytes of this stream are there that were not yet given out: they are being caught up with. */
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

  async *items(reader: Reader, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      let gave = 0;
      await this.#findNew(reader);
      for (const file of [...this.#open.values()].sort(byTime)) {
        for await (const item of this.#readOn(file, signal)) {
          gave++;
          yield item;
        }
        if (isOver()) return;
        await this.#findNew(reader);
      }
      if (gave > 0) continue;
      yield { kind: 'idle' };
      await this.#options.pause(this.#options.pollMs, signal);
    }
  }

  /** Lists the folders and asks where new files are to be begun. */
  async #findNew(reader: Reader): Promise<void> {
    const { dirs, streams, clock } = this.#options;
    const nowMs = clock();
    if (nowMs - this.#listedAtMs < LIST_MS) return;
    const listed = await listLogs(dirs, streams);
    const found: LogFile[] = [];
    for (const log of listed) {
      const known = this.#open.get(keyOf(log));
      if (known !== undefined) this.#seeAgain(known, log);
      else if (!this.#done.has(keyOf(log))) found.push(...(await newLogFile(log, nowMs)));
    }
    const starts = found.length === 0 ? [] : await reader.assign(found);
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

  /** A listed file that is known: it may have been compressed, and its manifest may have come. */
  #seeAgain(
    file: LogFile,
    { path, compression, hasManifest }: Pick<Listed, 'path' | 'compression' | 'hasManifest'>,
  ): void {
    if (path !== file.path) Object.assign(file, { path, compression, sizeRead: -1, grewAtMs: this.#options.clock() });
    file.hasManifest = hasManifest;
  }

  /** Gives out what a file holds beyond its offset; notices its end, and damage. */
  async *#readOn(file: LogFile, signal: AbortSignal): AsyncGenerator<SourceItem> {
    try {
      await this.#look(file);
      const damage = await damageOf(file);
      if (damage === undefined) yield* this.#give(file, signal);
      else yield this.#damaged(file, ...damage);
    } catch (error) {
      if (!isMissing(error))
        yield this.#damaged(file, 'unreadable', error instanceof Error ? error.message : String(error));
      else if (!(await this.#isElsewhere(file))) yield this.#close(file, await readManifest(file.manifestPath));
    }
  }

  async #look(file: LogFile): Promise<void> {
    const { size } = await stat(file.path);
    if (size !== file.size) Object.assign(file, { size, grewAtMs: this.#options.clock() });
  }

  async *#give(file: LogFile, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const quietMs = this.#options.clock() - file.grewAtMs;
    const isFinal = file.hasManifest || quietMs > CLOSE_AFTER_MS;
    if (file.compression === 'none') {
      if (hasUnread(file) || (isFinal && file.offset < file.size)) yield* this.#readPlain(file, isFinal, signal);
    } else if (hasUnread(file) && (isFinal || quietMs > PACKED_AFTER_MS))
      yield* this.#readCompressed(file, file.compression, signal);
    if (signal.aborted || hasUnread(file) || !isFinal) return;
    // A manifest that is there but cannot be read is still being written.
    const manifest = await readManifest(file.manifestPath);
    if (manifest !== undefined || quietMs > CLOSE_AFTER_MS) yield this.#close(file, manifest);
  }

  /** Whether a file that is gone under its path is there in another form: a shipper has compressed it in place. */
  async #isElsewhere(file: LogFile): Promise<boolean> {
    const form = (await logsOf(file, dirname(file.path))).find(({ name }) => name === file.name);
    if (form !== undefined) this.#seeAgain(file, form);
    return form !== undefined;
  }

  async *#readPlain(file: LogFile, isFinal: boolean, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const { size } = file;
    while (!signal.aborted) {
      // No more memory than what is there asks for; one byte more tells that it is the end.
      const bytesMax = Math.min(SLICE_BYTES, Math.max(0, size - file.offset) + 1);
      const { bytes, atEnd } = await readPlain(file.path, file.offset, { bytesMax, isFinal });
      if (bytes.length > 0) yield this.#slice(file, bytes);
      if (!atEnd) continue;
      file.sizeRead = size;
      return;
    }
  }

  /** A compressed log is read when it is whole: a packed stream that still grows cannot be cut at a line. */
  async *#readCompressed(file: LogFile, compression: 'gzip' | 'zstd', signal: AbortSignal): AsyncGenerator<SourceItem> {
    const { path, size, offset } = file;
    for await (const bytes of readCompressed(path, compression, { offset, bytesMax: SLICE_BYTES })) {
      yield this.#slice(file, bytes);
      if (signal.aborted) return;
    }
    file.sizeRead = size;
  }

  #slice(file: LogFile, bytes: Uint8Array): SourceItem {
    const { offset, fileHead } = file;
    file.offset += bytes.length;
    return { kind: 'slice', ...idOf(file), bytes, offset, nextOffset: file.offset, fileHead };
  }

  #close(file: LogFile, manifest: Manifest | undefined): SourceItem {
    this.#finish(file);
    return { kind: 'closed', ...idOf(file), manifest, bytesRead: file.offset };
  }

  #damaged(file: LogFile, reason: DamageReason, detail: string): SourceItem {
    this.#finish(file);
    return { kind: 'damaged', ...idOf(file), reason, detail };
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

/** What happened to a plain file that should not; undefined when it is as it should be. Compressed ones are written at once. */
async function damageOf(file: LogFile): Promise<readonly [DamageReason, string] | undefined> {
  const { path, size, offset, compression } = file;
  if (compression !== 'none') return undefined;
  if (size < offset) return ['shrunk', `it has ${String(size)} bytes, ${String(offset)} were read`];
  if (!hasUnread(file)) return undefined;
  if (!(await sameHead(path, file.fileHead)))
    return ['head-changed', 'its beginning is another than when it was first read'];
  // A file that was found while it was short is known better by now.
  if (!isWholeHead(file.fileHead)) file.fileHead = await readHead(path);
  return undefined;
}

const keyOf = (log: { readonly stream: string; readonly server: string; readonly name: string }): string =>
  `${log.stream}/${log.server}/${log.name}`;

/** Chunks of all servers and streams go forward in time together. */
const byTime = (a: LogFile, b: LogFile): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.server < b.server ? -1 : a.server > b.server ? 1 : 0;

const idOf = ({ stream, topic, partition, server }: LogFile): PartitionId => ({ stream, topic, partition, server });
