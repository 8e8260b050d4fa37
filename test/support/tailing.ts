import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { FilesSource } from '../../core/sources/files/filesSource.ts';
import type { ArrivalTimeMs } from '../../core/time/eventTime.ts';
import type { PartitionStart, SourceItem } from '../../core/sources/source.ts';

/** `count` lines of some 100 bytes, numbered from `from`. */
export const logLines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `{"seq":${String(from + at)},"url":"${'u'.repeat(80)}"}\n`).join('');

/** Packs a text, by the ending of the file. */
export const PACK = { gz: (text: string) => gzipSync(text), zst: (text: string) => zstdCompressSync(text) } as const;

/** A temp folder that is laid out as a fleet's logs, and a clock that the test moves. */
export class LogFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'logs-'));
  nowMs = Date.UTC(2026, 0, 1);

  path(file: string): string {
    return join(this.dir, 'requests', file);
  }

  write(file: string, bytes: string | Uint8Array): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), bytes);
  }

  append(file: string, bytes: string | Uint8Array): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    appendFileSync(this.path(file), bytes);
  }

  /** Closes a log; `name` is `<server>/<name>`. */
  close(name: string, manifest: Record<string, unknown> = { events: 1 }): void {
    this.write(`${name}.manifest.json`, JSON.stringify(manifest));
  }

  remove(file: string): void {
    rmSync(this.path(file));
  }

  /** A reader of the folder, begun where `starts` (by partition) says. */
  tail(starts: Readonly<Record<string, PartitionStart>> = {}): Tail {
    return new Tail(this, starts);
  }

  destroy(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

type Closed = Extract<SourceItem, { kind: 'closed' }>;
type Damaged = Extract<SourceItem, { kind: 'damaged' }>;

/** What a reader gave out so far. */
export class Tail {
  readonly closed: Closed[] = [];
  readonly damaged: Damaged[] = [];
  /** The newest head of each partition. */
  readonly heads = new Map<string, string>();
  /** Servers that were behind when each slice came. */
  readonly behind: (readonly string[])[] = [];
  /** Called after each item. */
  onItem: (item: SourceItem) => void = () => undefined;
  readonly source: FilesSource;
  readonly #folder: LogFolder;
  readonly #pieces = new Map<string, Uint8Array[]>();
  readonly #nextOffset = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #items: AsyncIterator<SourceItem>;

  constructor(folder: LogFolder, starts: Readonly<Record<string, PartitionStart>>) {
    this.#folder = folder;
    this.source = new FilesSource({
      dirs: [folder.dir],
      streams: ['requests'],
      pollMs: 100,
      clock: () => folder.nowMs as ArrivalTimeMs,
      pause: () => Promise.resolve(),
    });
    const assign = (found: readonly { partition: string }[]): Promise<PartitionStart[]> =>
      Promise.resolve(
        found.map(({ partition }) => starts[partition] ?? { offset: 0, closed: false, fileHead: undefined }),
      );
    this.#items = this.source.items({ assign, revoke: () => undefined }, this.#stop.signal)[Symbol.asyncIterator]();
    for (const [partition, { offset }] of Object.entries(starts)) this.#nextOffset.set(partition, offset);
  }

  /** Everything that is there now; before it, `afterMs` go by (new files are looked for once a second). Answers how many slices came. */
  async read(afterMs = 1_001): Promise<number> {
    this.#folder.nowMs += afterMs;
    let slices = 0;
    for (;;) {
      const next = await this.#items.next();
      if (next.done === true || next.value.kind === 'idle') return slices;
      slices += next.value.kind === 'slice' ? 1 : 0;
      this.#take(next.value);
      this.onItem(next.value);
    }
  }

  #take(item: SourceItem): void {
    if (item.kind === 'closed') this.closed.push(item);
    if (item.kind === 'damaged') this.damaged.push(item);
    if (item.kind !== 'slice') return;
    const { partition, offset, nextOffset, bytes, fileHead } = item;
    if (offset !== (this.#nextOffset.get(partition) ?? 0) || nextOffset !== offset + bytes.length)
      throw new Error(
        `${partition}: a slice [${String(offset)}, ${String(nextOffset)}) does not follow the one before`,
      );
    this.#nextOffset.set(partition, nextOffset);
    this.behind.push([...this.source.serversBehind('requests')].sort());
    this.heads.set(partition, fileHead);
    this.#pieces.set(partition, [...(this.#pieces.get(partition) ?? []), bytes]);
  }

  /** All that a partition gave, put together. */
  text(partition: string): string {
    return Buffer.concat(this.#pieces.get(partition) ?? []).toString('utf8');
  }

  get partitions(): readonly string[] {
    return [...this.#pieces.keys()].sort();
  }

  stop(): void {
    this.#stop.abort();
  }
}
